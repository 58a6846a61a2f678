import { expect, test, type Page } from '@playwright/test'
import { overflow, tooSmall, violations } from './page-checks'
import { createTask, live, row, signUp } from './product'

const PAGES = [
  '/',
  '/upcoming',
  '/inbox',
  '/projects',
  '/all',
  '/completed',
  '/trash',
  '/search?q=plants',
  '/settings',
]

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
    for (const path of ['/login', '/register', '/forgot-password', '/reset-password', '/confirm']) {
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
