import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import type { AxeResults, RunOptions } from 'axe-core'
import { createTask, live, row, signUp } from './product'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PAGES = ['/', '/upcoming', '/all', '/completed', '/trash', '/search?q=plants', '/settings']

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const results = await page.evaluate(async (options) => {
    const { axe } = window as unknown as {
      axe: { run: (options: RunOptions) => Promise<AxeResults> }
    }
    return axe.run(options)
  }, {} as RunOptions)
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
}

/** By how many pixels the page is wider than the window. */
async function overflow(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
}

async function someTasks(page: Page): Promise<void> {
  await createTask(page, {
    title: 'Water plants '.repeat(20).trim(),
    due_date: new Date(Date.now() - 3_600_000).toISOString(),
    recurrence: 'weekly',
    tags: ['home', 'green'],
    priority: 1,
  })
  await createTask(page, {
    title: 'לקנות חלב',
    due_date: new Date(Date.now() + 864e5).toISOString(),
  })
  await createTask(page, { title: 'Without a date', description: 'With notes' })
}

for (const colorScheme of ['light', 'dark'] as const)
  test(`no page has a serious accessibility violation, ${colorScheme}`, async ({
    browser,
    page: anonymous,
  }) => {
    await anonymous.emulateMedia({ colorScheme })
    for (const path of ['/login', '/register']) {
      await anonymous.goto(path)
      expect(await violations(anonymous), path).toEqual([])
    }
    const { page } = await signUp(browser, { colorScheme, reducedMotion: 'reduce' })
    await someTasks(page)
    for (const path of PAGES) {
      await page.goto(path)
      await live(page)
      expect(await violations(page), path).toEqual([])
    }
    await page.goto('/all')
    await live(page)
    await page.getByRole('button', { name: 'Without a date', exact: true }).click()
    await expect(page.getByLabel('Title')).toHaveValue('Without a date')
    expect(await violations(page), 'the open task').toEqual([])
  })

test('every page fits a width of 375, 768 and 1440 pixels', async ({ browser }) => {
  const { page } = await signUp(browser)
  await someTasks(page)
  for (const width of [375, 768, 1440]) {
    await page.setViewportSize({ width, height: 800 })
    for (const path of PAGES) {
      await page.goto(path)
      await live(page)
      expect(await overflow(page), `${path} at ${width}`).toBeLessThanOrEqual(0)
    }
  }
})

/** The controls whose touch target is smaller than 44 × 44 pixels around their centre. */
async function tooSmall(page: Page): Promise<string[]> {
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

test('every touch target is at least 44 pixels wide and high', async ({ browser }) => {
  const { page } = await signUp(browser, {
    viewport: { width: 375, height: 740 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  })
  await someTasks(page)
  for (const path of PAGES) {
    await page.goto(path)
    await live(page)
    expect(await tooSmall(page), path).toEqual([])
  }
})

test('a task is added, opened and completed by touch at 375 pixels', async ({ browser }) => {
  const { page } = await signUp(browser, {
    viewport: { width: 375, height: 740 },
    hasTouch: true,
    isMobile: true,
  })
  await page.getByRole('button', { name: 'Add task' }).tap()
  await page.getByRole('dialog').getByLabel('Add a task').fill('call Ana today')
  await page.getByRole('button', { name: 'Add', exact: true }).tap()
  await expect(row(page, 'call Ana')).not.toHaveAttribute('aria-busy')
  await page.getByRole('button', { name: 'call Ana' }).first().tap()
  await expect(page.getByRole('dialog', { name: 'Task' }).getByLabel('Title')).toHaveValue(
    'call Ana',
  )
  await page.goBack()
  await expect(page.getByRole('dialog', { name: 'Task' })).toHaveCount(0)
  await row(page, 'call Ana').getByRole('checkbox').tap()
  await expect(page.getByText('Done.', { exact: true })).toBeVisible()
  await expect(row(page, 'call Ana')).toHaveCount(0)
})
