import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { signUp } from './product'

/** Bytes after gzip. React, its server components and Next's router take 138 kB of them. */
const LIMIT = 200_000

test('the first scripts of Today stay under 200 kB', async ({ browser }) => {
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
