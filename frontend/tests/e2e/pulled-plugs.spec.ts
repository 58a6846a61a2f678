import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import {
  createTask,
  live,
  logIn,
  openTask,
  secondWindow,
  signUp,
  stored,
  type Visitor,
} from './product'

/** How often something is pulled in the middle of typing. More for a long run: PULLS=50. */
const PULLS = Number(process.env.PULLS ?? 4)
const TEXT = 'a note that is typed while something goes wrong'

type Pull = 'network' | 'server' | 'session' | 'process'
const PULLED: readonly Pull[] = ['network', 'server', 'session', 'process']

test('network, server, session and process go away in mid-typing: nothing is lost or doubled', async ({
  browser,
}) => {
  test.setTimeout(60_000 + PULLS * 60_000)
  const visitor = await signUp(browser)
  let [writing, adding] = [visitor.page, await secondWindow(visitor, '/all')]
  const begun = Date.now()
  for (let round = 0; round < PULLS; round++) {
    const what = PULLED[round % PULLED.length] as Pull
    const id = await createTask(adding, { title: `Task ${round}` })
    await openTask(writing, id)
    const at = 5 + ((round * 7) % 30)
    await writing.getByLabel('Notes').pressSequentially(TEXT.slice(0, at))
    await adding.getByLabel('Add a task').fill(`Added ${round}`)
    await Promise.allSettled([
      adding.getByLabel('Add a task').press('Enter'),
      pull(visitor.context, [writing, adding], what),
    ])
    // A window that is still there is typed into until the end.
    const alive = what === 'network' || what === 'server'
    if (alive) await writing.getByLabel('Notes').pressSequentially(TEXT.slice(at))
    ;[writing, adding] = await mend(visitor, [writing, adding], what)
    if (!alive) await openTask(writing, id)
    // The window may have gone before it received the key: then the text is still in the field.
    if ((await adding.getByLabel('Add a task').inputValue()) === `Added ${round}`)
      await adding.getByLabel('Add a task').press('Enter')
    await expect
      .poll(async () => (await stored(visitor, id)).description, {
        message: `round ${round}: ${what}`,
      })
      .toBe(alive ? TEXT : TEXT.slice(0, at).trimEnd())
    await expect.poll(async () => titled(visitor, `Added ${round}`)).toBe(1)
  }
  for (let round = 0; round < PULLS; round++)
    expect(await titled(visitor, `Added ${round}`), `Added ${round}`).toBe(1)
  for (const page of [writing, adding])
    await expect(page.getByText(/waiting|not saved|your answer/)).toHaveCount(0)
  const seconds = Math.round((Date.now() - begun) / 1000)
  console.log(`${PULLS} pulls in ${seconds} s: 0 lost, 0 doubled`)
})

async function pull(context: BrowserContext, pages: Page[], what: Pull): Promise<void> {
  switch (what) {
    case 'network':
      return context.setOffline(true)
    case 'server':
      await context.route('**/api/**', (route) => route.fulfill({ status: 503 }))
      return
    case 'session':
      return context.clearCookies()
    case 'process':
      await Promise.all(pages.map(crash))
  }
}

/** Kills the process of a window, without a chance to save anything. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  // It never answers.
  session.send('Page.crash').catch(() => undefined)
  await crashed
}

async function mend(
  { context, email }: Visitor,
  [writing, adding]: [Page, Page],
  what: Pull,
): Promise<[Page, Page]> {
  switch (what) {
    case 'network':
      await context.setOffline(false)
      break
    case 'server':
      await context.unroute('**/api/**')
      break
    case 'session':
      // Both windows notice it at their next request.
      for (const page of [writing, adding]) await expect(page).toHaveURL(/login/)
      await logIn(writing, email)
      await live(writing)
      await adding.goto('/all')
      await live(adding)
      break
    case 'process':
      await Promise.all([writing.close(), adding.close()])
      return [await newWindow(context), await newWindow(context)]
  }
  return [writing, adding]
}

async function newWindow(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto('/all')
  await live(page)
  return page
}

/** How many tasks have this title. */
async function titled({ context }: Visitor, title: string): Promise<number> {
  const response = await context.request.get('/api/tasks?limit=200')
  const { items } = (await response.json()) as { items: { title: string }[] }
  return items.filter((task) => task.title === title).length
}
