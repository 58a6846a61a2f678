import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { signUp } from './product'

/** React, its server components and Next's router alone are 138 kB: what is above is ours. */
const LIMIT = 200_000

test('Today’s first scripts stay light', async ({ browser }) => {
  const { context } = await signUp(browser)
  const html = await (await context.request.get('/')).text()
  const scripts = [...html.matchAll(/<script[^>]*? src="([^"]+\.js[^"]*)"[^>]*>/g)]
    .filter(([tag]) => !/nomodule/i.test(tag))
    .map(([, source]) => source ?? '')
  const sizes = await Promise.all(
    [...new Set(scripts)].map(async (source) => {
      const response = await context.request.get(source)
      return gzipSync(await response.body(), { level: 9 }).length
    }),
  )
  expect(sizes.length).toBeGreaterThan(3)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT)
})
