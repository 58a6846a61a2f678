import {
  expect,
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  type Page,
} from '@playwright/test'

/**
 * A time zone in which it is about noon now, so that "an hour ago" and "in a minute" are both today whenever
 * the tests run. (Etc/GMT-5 is five hours ahead of UTC: POSIX inverts the sign.)
 */
export function noonZone(now = new Date()): string {
  return zoneAt(12, now)
}

/** A time zone in which it is about this hour now; for 11 and 12 one always exists. */
export function zoneAt(hour: number, now = new Date()): string {
  const ahead = hour - now.getUTCHours()
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
}

export interface Visitor {
  context: BrowserContext
  page: Page
  email: string
}

export const PASSWORD = 'correct horse battery'

/** Fills in the open login page, and sends it. */
export function logIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  return sendForm(page, 'Log in', email, password)
}

/** Fills in the open sign-up page, and sends it. */
export function register(page: Page, email: string): Promise<void> {
  return sendForm(page, 'Sign up', email, PASSWORD)
}

async function sendForm(page: Page, button: string, email: string, password: string) {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: button }).click()
}

// Two workers may sign up in the same millisecond.
let people = Number(process.env.TEST_PARALLEL_INDEX ?? 0) * 1000

/** Signs up a new account through the page. */
export async function signUp(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visitor> {
  const context = await browser.newContext({ timezoneId: noonZone(), ...options })
  const page = await context.newPage()
  const email = `e2e-${Date.now().toString(36)}-${people++}@example.org`
  await page.goto('/register')
  await register(page, email)
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await live(page)
  return { context, page, email }
}

/** Waits until the page reacts to keys and receives live updates. */
export async function live(page: Page): Promise<void> {
  await expect(page.locator('html[data-live="live"]')).toBeAttached()
}

/** Opens another window of the same account. */
export async function secondWindow(visitor: Visitor, path: string): Promise<Page> {
  const page = await visitor.context.newPage()
  await page.goto(path)
  await live(page)
  return page
}

/** Opens a task in the panel. */
export async function openTask(page: Page, id: number): Promise<void> {
  await page.goto(`/all?task=${id}`)
  await live(page)
  await expect(page.getByLabel('Notes')).toBeVisible()
}

/** The task as the API has it. */
export async function stored({ context }: Visitor, id: number): Promise<Record<string, unknown>> {
  const response = await context.request.get(`/api/tasks/${id}`)
  return (await response.json()) as Record<string, unknown>
}

/** The date of an instant in the time zone of the page. */
export function dateOf(page: Page, at: string | number): Promise<string> {
  return page.evaluate((at) => new Intl.DateTimeFormat('en-CA').format(new Date(at)), at)
}

export function row(page: Page, title: string) {
  return page.getByRole('listitem').filter({ has: page.getByRole('button', { name: title }) })
}

/** Adds a task through quick add, and waits until the server has confirmed it. */
export async function add(page: Page, text: string, title = text): Promise<void> {
  await page.getByLabel('Add a task').fill(text)
  await page.getByLabel('Add a task').press('Enter')
  await expect(row(page, title)).toHaveAttribute('data-task', /^\d/)
}

/** Creates a task through the API, for values that the page cannot enter (a due date with seconds). */
export function createTask(page: Page, task: Record<string, unknown>): Promise<number> {
  return create(page, '/api/tasks', task)
}

export function createProject(page: Page, project: Record<string, unknown>): Promise<number> {
  return create(page, '/api/projects', project)
}

function create(page: Page, path: string, fields: Record<string, unknown>): Promise<number> {
  return page.evaluate(
    async ([path, fields]) => {
      const response = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
      })
      if (!response.ok) throw new Error(await response.text())
      return ((await response.json()) as { id: number }).id
    },
    [path, fields] as const,
  )
}

/** The browser's local time `hours` ago, in the format of a time field. */
export async function clockTime(page: Page, hours: number): Promise<string> {
  return page.evaluate((before) => {
    const at = new Date(Date.now() - before * 3_600_000)
    return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
  }, hours)
}

/** Opens the link that the product mailed to this address, once the mail has arrived. */
export async function mailedLink(
  request: APIRequestContext,
  email: string,
  path: string,
): Promise<string> {
  const found = new RegExp(`\\S+${path}#\\S+`)
  let link = ''
  await expect
    .poll(
      async () => {
        const mail = await mailsTo(request, email)
        link = mail.map(({ text }) => found.exec(text)?.[0] ?? '').findLast(Boolean) ?? ''
        return link
      },
      { timeout: 30_000 },
    )
    .not.toBe('')
  return link
}

/** Confirms the address of the account: reminders go to a confirmed address only. */
export async function confirmAddress(
  { context, email }: Visitor,
  request: APIRequestContext,
): Promise<void> {
  const page = await context.newPage()
  await page.goto(await mailedLink(request, email, '/confirm'))
  await page.getByRole('button', { name: 'Confirm this address' }).click()
  await expect(page.getByRole('heading', { name: 'Your address is confirmed' })).toBeVisible()
  await page.close()
}

async function mailsTo(request: APIRequestContext, email: string): Promise<Mail[]> {
  const sink = process.env.MAIL_SINK_URL
  if (!sink) throw new Error('MAIL_SINK_URL must be the URL of the mail sink')
  const mail = (await (await request.get(`${sink}/messages`)).json()) as Mail[]
  return mail.filter(({ to }) => to.includes(email))
}

interface Mail {
  to: string
  subject: string
  text: string
}

/** Waits until the mail server has received exactly one message to this address about this subject. */
export async function mailed(
  request: APIRequestContext,
  email: string,
  about: string,
): Promise<void> {
  await expect
    .poll(
      async () =>
        (await mailsTo(request, email)).filter(({ subject }) => subject.includes(about)).length,
      { timeout: 30_000 },
    )
    .toBe(1)
}
