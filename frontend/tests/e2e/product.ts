import {
  expect,
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  type Page,
} from '@playwright/test'

/**
 * A zone in which it is about noon now: "an hour ago" and "in a minute" are then both today, whenever the
 * tests run. (Etc/GMT-5 is five hours ahead of UTC; the sign is the standard's.)
 */
export function noonZone(now = new Date()): string {
  return zoneAt(12, now)
}

/** A zone in which it is about this hour now; from 11 to 12 there always is one. */
export function zoneAt(hour: number, now = new Date()): string {
  const ahead = hour - now.getUTCHours()
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
}

export interface Visitor {
  context: BrowserContext
  page: Page
  email: string
}

// Two workers may sign somebody up in the same millisecond.
let people = Number(process.env.TEST_PARALLEL_INDEX ?? 0) * 1000

/** Signs up through the page, as a person does. */
export async function signUp(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visitor> {
  const context = await browser.newContext({ timezoneId: noonZone(), ...options })
  const page = await context.newPage()
  const email = `e2e-${Date.now().toString(36)}-${people++}@example.org`
  await page.goto('/register')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign up' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await live(page)
  return { context, page, email }
}

/** Until the page answers to keys and hears of changes elsewhere. */
export async function live(page: Page): Promise<void> {
  await expect(page.locator('html[data-live="live"]')).toBeAttached()
}

/** The same person in another window. */
export async function secondWindow(visitor: Visitor, path: string): Promise<Page> {
  const page = await visitor.context.newPage()
  await page.goto(path)
  await live(page)
  return page
}

export function row(page: Page, title: string) {
  return page.getByRole('listitem').filter({ has: page.getByRole('button', { name: title }) })
}

/** Types a task and waits until the server has it: the row that stands in for it cannot be worked on. */
export async function add(page: Page, text: string, title = text): Promise<void> {
  await page.getByLabel('Add a task').fill(text)
  await page.getByLabel('Add a task').press('Enter')
  await expect(row(page, title)).toHaveAttribute('data-task', /^\d/)
}

/** What has no place in the page (a due date to the second) goes the page's own way to the server. */
export async function createTask(page: Page, task: Record<string, unknown>): Promise<number> {
  return page.evaluate(async (body) => {
    const response = await fetch('/api/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(await response.text())
    return ((await response.json()) as { id: number }).id
  }, task)
}

/** `hours` before now on the clock of the visitor's browser, as a time field takes it. */
export async function clockTime(page: Page, hours: number): Promise<string> {
  return page.evaluate((before) => {
    const at = new Date(Date.now() - before * 3_600_000)
    return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
  }, hours)
}

/** Until the mail server has received exactly one letter to this person about this. */
export async function mailed(
  request: APIRequestContext,
  email: string,
  about: string,
): Promise<void> {
  const sink = process.env.MAIL_SINK_URL
  if (!sink) throw new Error('MAIL_SINK_URL must say where the received mail can be read')
  await expect
    .poll(
      async () => {
        const response = await request.get(`${sink}/messages`)
        const mail = (await response.json()) as { to: string; subject: string }[]
        return mail.filter(({ to, subject }) => to.includes(email) && subject.includes(about))
          .length
      },
      { timeout: 30_000 },
    )
    .toBe(1)
}
