import { expect, test, type Page } from '@playwright/test'
import {
  ask,
  button,
  card,
  conversation,
  DAY,
  field,
  openPanel,
  tasksOfTomorrow,
} from './assistant'
import { overflow, tooSmall, violations } from './page-checks'
import { createTask, live, row, signUp } from './product'

test('everything works from the keyboard, and Esc returns the focus', async ({ browser }) => {
  const { page } = await signUp(browser)
  for (const title of ['First', 'Second'])
    await createTask(page, { title, due_date: new Date(Date.now() + DAY).toISOString() })
  await page.goto('/all')
  await live(page)
  await page.keyboard.press('j')
  const first = row(page, 'First').getByRole('button', { name: 'First' }).first()
  await expect(first).toBeFocused()
  for (const width of [1440, 800]) {
    await page.setViewportSize({ width, height: 800 })
    await openPanel(page)
    await page.keyboard.press('Escape')
    await expect(field(page)).toHaveCount(0)
    await expect(first).toBeFocused()
  }
  await page.setViewportSize({ width: 1440, height: 800 })
  await openPanel(page)
  await page.keyboard.type('delete everything of tomorrow')
  await page.keyboard.press('Enter')
  await expect(card(page).getByRole('checkbox')).toHaveCount(2)
  // Backwards from the field: Dismiss, Edit, Approve, the second row.
  for (let step = 0; step < 4; step++) await page.keyboard.press('Shift+Tab')
  await expect(card(page).getByRole('checkbox').last()).toBeFocused()
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await expect(button(page, 'Approve 1 of 2')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(card(page)).toContainText('Approved.')
  await expect(card(page)).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(button(page, 'Undo')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(card(page)).toContainText('Approved, then undone.')
  await page.keyboard.press('Escape')
  await expect(field(page)).toHaveCount(0)
  await expect(first).toBeVisible()
})

test('a task that is opened covers the panel, and the key c brings it back', async ({
  browser,
}) => {
  const { page } = await signUp(browser, { viewport: { width: 1440, height: 900 } })
  await createTask(page, { title: 'Pay rent' })
  await page.goto('/all')
  await live(page)
  await openPanel(page)
  await field(page).fill('half a sentence')
  await row(page, 'Pay rent').getByRole('button', { name: 'Pay rent' }).first().click()
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeVisible()
  await expect(field(page)).toBeHidden()
  await row(page, 'Pay rent').getByRole('button', { name: 'Pay rent' }).first().focus()
  await page.keyboard.press('c')
  await expect(page.getByRole('complementary', { name: 'Task' })).toHaveCount(0)
  await expect(field(page)).toHaveValue('half a sentence')
  await expect(field(page)).toBeFocused()
})

test('a new message does not move what the person reads, nor the page', async ({ browser }) => {
  const { page } = await signUp(browser, { viewport: { width: 1440, height: 500 } })
  for (let n = 0; n < 20; n++) await createTask(page, { title: `Errand ${n}` })
  await page.goto('/all')
  await live(page)
  await openPanel(page)
  await ask(page, 'list all tasks')
  const log = conversation(page)
  const place = () => log.evaluate((area) => area.scrollTop)
  const rest = () => log.evaluate((area) => area.scrollHeight - area.scrollTop - area.clientHeight)
  expect(await rest()).toBeLessThan(2)
  expect(await page.evaluate(() => scrollY)).toBe(0)
  await page.route('**/api/chat', async (route) => {
    const response = await route.fetch()
    await log.evaluate(async (area) => {
      area.scrollTo(0, 10)
      // The page hears of it with the next frame.
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    })
    await route.fulfill({ response })
  })
  await ask(page, 'what is due today?')
  expect(await place()).toBe(10)
  await page.unroute('**/api/chat')
  await ask(page, 'what is overdue?')
  expect(await rest()).toBeLessThan(2)
  expect(await page.evaluate(() => scrollY)).toBe(0)
})

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1440, 375])
    for (const path of ['/all', '/assistant'])
      test(`no state of ${path} has an accessibility violation at ${width}, ${colorScheme}`, async ({
        browser,
      }) => {
        const { page } = await signUp(browser, {
          colorScheme,
          reducedMotion: 'reduce',
          viewport: { width, height: 800 },
        })
        const check = async (state: string) =>
          expect(await violations(page, true), state).toEqual([])
        await tasksOfTomorrow(page)
        await page.goto(path)
        await live(page)
        if (path === '/all') await openPanel(page)
        await button(page, path === '/all' ? 'New conversation' : 'New').click()
        await check('start')
        await ask(page, 'what is due tomorrow?')
        await page.locator('details summary').last().click()
        await check('answer')
        await ask(page, 'delete everything of tomorrow')
        await check('proposal')
        await button(page, 'Dismiss').click()
        await expect(card(page)).toContainText('Dismissed.')
        await check('dismissed')
        await ask(page, 'move everything from tomorrow to next month')
        await button(page, 'Approve').click()
        await button(page, 'Undo').waitFor()
        await check('approved')
        await button(page, 'Undo').click()
        await expect(card(page)).toContainText('Approved, then undone.')
        await check('undone')
        await page.route('**/api/chat', () => undefined)
        await field(page).fill('wait')
        await field(page).press('Enter')
        await expect(conversation(page)).toContainText('Working…')
        await check('working')
        await button(page, 'Stop').click()
        await check('stopped')
        await page.unroute('**/api/chat')
        await field(page).fill('x'.repeat(8001))
        await check('too long')
        await field(page).fill('')
        if (path === '/all') await button(page, 'Conversations').click()
        else await page.getByText('Earlier conversations').click()
        await page
          .getByRole('button', { name: /^Rename: / })
          .first()
          .waitFor()
        await check('conversations')
        await page
          .getByRole('button', { name: /^Delete: / })
          .first()
          .click()
        await check('deleting')
      })

test('on a phone everything fits, is large enough to touch, and is not covered', async ({
  browser,
}) => {
  const { page } = await signUp(browser, {
    viewport: { width: 375, height: 740 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  })
  await tasksOfTomorrow(page)
  for (const path of ['/all', '/assistant']) {
    await page.goto(path)
    await live(page)
    if (path === '/all') await openPanel(page)
    await button(page, path === '/all' ? 'New conversation' : 'New').tap()
    const check = async (state: string) => {
      expect(await overflow(page), `${state}, ${path}`).toBeLessThanOrEqual(0)
      const touched = await tooSmall(page)
      // The page behind the sheet cannot be touched.
      expect(path === '/all' ? await inSheet(page, touched) : touched, `${state}, ${path}`).toEqual(
        [],
      )
    }
    await check('start')
    await ask(page, 'delete everything of tomorrow')
    await check('proposal')
    await button(page, 'Approve').tap({ trial: true })
    await button(page, 'Dismiss').tap()
    await expect(card(page)).toContainText('Dismissed.')
    await field(page).tap({ trial: true })
    if (path === '/assistant') {
      await page.getByText('Earlier conversations').tap()
      await page
        .getByRole('button', { name: /^Delete: / })
        .first()
        .waitFor()
      await check('conversations')
    }
  }
})

async function inSheet(page: Page, targets: string[]): Promise<string[]> {
  const sheet = await page.getByRole('dialog').evaluate((dialog) => dialog.outerHTML)
  return targets.filter((target) => sheet.includes(target))
}

const HOSTILE = [
  '![picture](https://evil.invalid/a.png)',
  '[link](https://evil.invalid/b) and [script](javascript:window.hacked=1)',
  '<img src="https://evil.invalid/c.png" onerror="window.hacked=1">',
  '<script>window.hacked=1</script><iframe src="https://evil.invalid/d"></iframe>',
  '<https://evil.invalid/e> https://evil.invalid/f',
  '\u202egnp.exe\u202c שלום',
]

test('hostile text fetches nothing and runs nothing', async ({ browser }) => {
  const { page } = await signUp(browser)
  const elsewhere: string[] = []
  const origin = new URL(page.url()).origin
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/^(http|ws)/.test(url.protocol) && url.host !== new URL(origin).host)
      elsewhere.push(request.url())
  })
  for (const title of HOSTILE)
    await createTask(page, { title, due_date: new Date(Date.now() + DAY).toISOString() })
  await page.goto('/assistant')
  await live(page)
  await ask(page, 'what is due tomorrow?')
  await ask(page, 'delete everything of tomorrow')
  await expect(card(page).getByRole('checkbox')).toHaveCount(HOSTILE.length)
  await expect(card(page)).toContainText('<script>window.hacked=1</script>')

  // A model that says it as Markdown.
  await button(page, 'New').click()
  const events = [
    ['message', { id: 'm', role: 'assistant' }],
    ['text', { delta: HOSTILE.join('\n\n') }],
    ['done', { message_id: 'm' }],
  ] as const
  await page.route('**/api/chat', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: events
        .map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
        .join(''),
    }),
  )
  await ask(page, 'say it')
  await expect(conversation(page)).toContainText('link (https://evil.invalid/b)')
  await expect(conversation(page).locator('img, a, iframe, script, object, video')).toHaveCount(0)
  expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined()
  expect(elsewhere).toEqual([])
  expect(await overflow(page)).toBeLessThanOrEqual(0)
})
