/** Checks of a page's layout that several tests share. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults, RunOptions } from 'axe-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** The accessibility violations that axe finds: the serious ones, or of any impact. */
export async function violations(page: Page, any = false): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate(async (options) => {
    const { axe } = window as unknown as {
      axe: { run: (options: RunOptions) => Promise<AxeResults> }
    }
    return axe.run(options)
  }, {} as RunOptions)
  return results.violations
    .filter(({ impact }) => any || impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
}

/** By how many pixels the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
}

/** The controls whose touch target is smaller than 44 × 44 pixels around their centre. */
export async function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const targets = document.querySelectorAll<HTMLElement>(
      'a[href], button, input, select, textarea, [role="checkbox"], [role="switch"]',
    )
    return [...targets].flatMap((target) => {
      // Parts of a row: the whole row opens the task, and on a phone the date is only text.
      const part = target.matches('[data-title], [data-move], [tabindex="-1"], .sr-only')
      if (part || !target.checkVisibility({ visibilityProperty: true })) return []
      target.scrollIntoView({ block: 'center' })
      const { left, right, top, bottom } = target.getBoundingClientRect()
      if (bottom < 0) return []
      const [x, y] = [(left + right) / 2, (top + bottom) / 2]
      const hits = [
        [x, y - 21],
        [x, y + 21],
        [x - 21, y],
        [x + 21, y],
      ].every(([px = 0, py = 0]) => {
        const hit = document.elementFromPoint(px, py)
        const label = hit?.closest('label')
        return target.contains(hit) || (label && label.contains(target)) || hit === null
      })
      return hits ? [] : [target.outerHTML.slice(0, 160)]
    })
  })
}
