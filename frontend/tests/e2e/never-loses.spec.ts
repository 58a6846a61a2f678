import { expect, test, type Page } from '@playwright/test'
import {
  add,
  createTask,
  dateOf,
  live,
  logIn,
  openTask,
  PASSWORD,
  register,
  row,
  secondWindow,
  signUp,
  stored,
  type Visitor,
} from './product'

/** Changes a task as another program would. */
async function changeElsewhere(visitor: Visitor, id: number, patch: object): Promise<void> {
  const response = await visitor.context.request.patch(`/api/tasks/${id}`, { data: patch })
  expect(response.ok()).toBe(true)
}

/** The list of changes that were not saved. */
async function openWaiting(page: Page) {
  await page.getByRole('button', { name: 'Show' }).click()
  return page.getByRole('dialog', { name: 'Changes not saved yet' })
}

test('a note typed while the session ends is saved after logging in again', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page, context, email } = visitor
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  await page.getByLabel('Notes').fill('about the garden')
  await context.clearCookies()
  await page.getByLabel('Notes').blur()
  await expect(page).toHaveURL(/login/)
  await logIn(page, email)
  await live(page)
  await expect.poll(async () => (await stored(visitor, id)).description).toBe('about the garden')
})

test('another person who logs in here neither sees nor sends what waits', async ({ browser }) => {
  const first = await signUp(browser)
  const { page, context } = first
  await page.getByLabel('Add a task').fill('a secret draft')
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  await page.getByLabel('Notes').fill('a secret note')
  await context.clearCookies()
  await page.getByLabel('Notes').blur()
  await expect(page).toHaveURL(/login/)

  const other = await context.newPage()
  await other.goto('/register')
  await register(other, `second-${first.email}`)
  await live(other)
  await expect(other.getByLabel('Add a task')).toHaveValue('')
  await expect(other.getByText('not saved yet')).toHaveCount(0)
  await context.clearCookies()
  await other.goto('/login')
  await logIn(other, first.email)
  await live(other)
  await expect(other.getByLabel('Add a task')).toHaveValue('a secret draft')
  await expect.poll(async () => (await stored(first, id)).description).toBe('a secret note')
})

test('a window of the first person cannot change the second one’s tasks', async ({ browser }) => {
  const { page, context, email } = await signUp(browser)
  // The login of another window of this browser replaces the session.
  const other = { email: `second-${email}`, password: PASSWORD, name: '', timezone: 'Etc/UTC' }
  expect((await context.request.post('/api/auth/register', { data: other })).ok()).toBe(true)
  const refused = page.waitForResponse((response) => response.status() === 401)
  await page.getByLabel('Add a task').fill('Buy stamps')
  await page.getByLabel('Add a task').press('Enter')
  await refused
  await live(page)
  const listed = await context.request.get('/api/tasks')
  expect(((await listed.json()) as { items: unknown[] }).items).toEqual([])
})

test('what was typed last is sent before a logout', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page, context, email } = visitor
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  await page.getByLabel('Notes').fill('about the garden')
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await expect(page).toHaveURL(/login/)
  const data = { email, password: PASSWORD }
  expect((await context.request.post('/api/auth/login', { data })).ok()).toBe(true)
  expect((await stored(visitor, id)).description).toBe('about the garden')
})

test('a note whose task is deleted elsewhere is kept, and restored with the task', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page, context } = visitor
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  await page.getByLabel('Notes').fill('about the garden')
  await context.request.delete(`/api/tasks/${id}`)
  await page.getByLabel('Notes').blur()
  await expect(page.getByText('1 change needs your answer.')).toBeVisible()
  await page.reload()
  const list = await openWaiting(page)
  await expect(list.getByText('about the garden')).toBeVisible()
  await list.getByRole('button', { name: 'Restore task' }).click()
  await expect
    .poll(async () => stored(visitor, id))
    .toMatchObject({ description: 'about the garden', deleted_at: null })
})

test('a title changed in two places is asked about, for as long as it takes', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  await page.getByLabel('Title').fill('Call Ana at noon')
  await changeElsewhere(visitor, id, { title: 'Call Ana Maria', priority: 1 })
  await page.getByLabel('Title').blur()
  await expect(page.getByText('1 change needs your answer.')).toBeVisible()
  expect((await stored(visitor, id)).title).toBe('Call Ana Maria')

  await page.reload()
  await live(page)
  const list = await openWaiting(page)
  await expect(list.getByText('Call Ana Maria')).toBeVisible()
  await list.getByRole('button', { name: 'Keep mine' }).click()
  await expect
    .poll(async () => stored(visitor, id))
    .toMatchObject({ title: 'Call Ana at noon', priority: 1 })
  await expect(page.getByText('needs your answer')).toHaveCount(0)
})

test('notes that arrive while others are being typed are not overwritten', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  // The field saves itself in a pause of the typing, but the other program is always the first.
  let changed: () => void = () => undefined
  const others = new Promise<void>((resolve) => (changed = resolve))
  await page.route(`**/api/tasks/${id}`, async (route) => {
    if (route.request().method() === 'PATCH') await others
    await route.continue()
  })
  await page.getByLabel('Notes').click()
  // Typing goes on until the change of the other program has arrived here.
  const arrived = page.waitForResponse(
    async (response) =>
      response.url().endsWith(`/api/tasks/${id}`) &&
      ((await response.json()) as { description: string }).description === 'theirs',
  )
  await page.getByLabel('Notes').pressSequentially('mine')
  await changeElsewhere(visitor, id, { description: 'theirs' })
  changed()
  let typing = true
  const typed = (async () => {
    while (typing) await page.getByLabel('Notes').press('!')
  })()
  await arrived
  typing = false
  await typed
  await page.getByLabel('Notes').blur()

  await expect(page.getByText('1 change needs your answer.')).toBeVisible()
  expect((await stored(visitor, id)).description).toBe('theirs')
  const list = await openWaiting(page)
  await list.getByRole('button', { name: 'Keep both' }).click()
  await expect
    .poll(async () => (await stored(visitor, id)).description)
    .toMatch(/^theirs\n\nmine!*$/)
})

test('changes of different fields in two places are both kept, without a question', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const id = await createTask(page, { title: 'Call Ana', tags: ['home'] })
  await openTask(page, id)
  await page.getByLabel('Notes').fill('about the garden')
  await changeElsewhere(visitor, id, { title: 'Call Ana Maria', tags: ['home', 'phone'] })
  await page.getByLabel('Notes').blur()
  await page.getByLabel('Add a tag').fill('urgent')
  await page.getByLabel('Add a tag').press('Enter')
  await expect
    .poll(async () => stored(visitor, id))
    .toMatchObject({
      title: 'Call Ana Maria',
      description: 'about the garden',
      tags: ['home', 'phone', 'urgent'],
    })
  await expect(page.getByText('needs your answer')).toHaveCount(0)
})

test('three completions made offline arrive, although the window is closed meanwhile', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page, context } = visitor
  const ids = []
  for (const title of ['First', 'Second', 'Third']) ids.push(await createTask(page, { title }))
  await page.goto('/all')
  await live(page)
  await context.setOffline(true)
  for (const title of ['First', 'Second', 'Third']) {
    await row(page, title).getByRole('checkbox').click()
    await expect(row(page, title)).toHaveCount(0)
  }
  await expect(page.getByText('Offline. 3 changes waiting.')).toBeVisible()
  await page.close()
  await context.setOffline(false)
  await secondWindow(visitor, '/all')
  for (const id of ids)
    await expect.poll(async () => (await stored(visitor, id)).completed).toBe(true)
})

test('what was done offline can be undone offline', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page, context } = visitor
  await add(page, 'Call Ana')
  await context.setOffline(true)
  await row(page, 'Call Ana').getByRole('checkbox').click()
  await expect(page.getByText('Offline. 1 change waiting.')).toBeVisible()
  await expect(row(page, 'Call Ana')).toHaveCount(0)
  await page.keyboard.press('Control+z')
  await expect(row(page, 'Call Ana').getByRole('checkbox')).not.toBeChecked()
  await expect(page.getByText('Offline. You can keep working.')).toBeVisible()
  await context.setOffline(false)
})

test('a task added and edited offline is created once, with the edit', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page, context } = visitor
  await context.setOffline(true)
  await page.getByLabel('Add a task').fill('Buy stamps')
  await page.getByLabel('Add a task').press('Enter')
  await row(page, 'Buy stamps').getByRole('checkbox').click()
  await expect(page.getByText('Offline. 2 changes waiting.')).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText('Back online. 2 changes sent.').first()).toBeVisible()
  const response = await context.request.get('/api/tasks?status=completed')
  const { items } = (await response.json()) as { items: { title: string }[] }
  expect(items.map(({ title }) => title)).toEqual(['Buy stamps'])
})

test('an answer that is lost does not add the task twice', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page, context } = visitor
  let lost = 0
  await page.route('**/api/tasks', async (route) => {
    if (route.request().method() !== 'POST' || lost++ > 0) return route.continue()
    await route.fetch()
    await route.abort()
  })
  await add(page, 'Buy stamps')
  expect(lost).toBeGreaterThan(1)
  const response = await context.request.get('/api/tasks')
  expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(1)
})

test('60 tags at once: what is too much stays in the field, with the reason', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  const tags = Array.from({ length: 60 }, (_, index) => `tag${index}`).join(' ')
  await page.getByLabel('Add a tag').fill(tags)
  await page.getByLabel('Add a tag').press('Enter')
  await expect(page.getByRole('group', { name: 'Tags' }).getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Add a tag')).toHaveValue(tags)
})

test('a title of 10,000 characters is added whole, and a longer one stays in the field', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page, context } = visitor
  const long = 'word '.repeat(2000).trim()
  await page.getByLabel('Add a task').fill(long)
  await page.getByLabel('Add a task').press('Enter')
  await expect
    .poll(async () => {
      const response = await context.request.get('/api/tasks')
      const { items } = (await response.json()) as { items: { title: string }[] }
      return items.map(({ title }) => title)
    })
    .toEqual([long])
  const longer = `${long} and more`
  await page.getByLabel('Add a task').fill(longer)
  await page.getByLabel('Add a task').press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: '10000' })).toBeVisible()
  await expect(page.getByLabel('Add a task')).toHaveValue(longer)
})

test('moving an overdue recurring task is undone with Ctrl+Z', async ({ browser }) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const due = new Date(Date.now() - 3 * 864e5).toISOString()
  const id = await createTask(page, { title: 'Water', due_date: due, recurrence: 'weekly' })
  const before = await stored(visitor, id)
  await page.goto('/')
  await live(page)
  await page.getByRole('button', { name: 'Water', exact: true }).focus()
  await page.keyboard.press('s')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Tomorrow/ })
    .click()
  await expect.poll(async () => (await stored(visitor, id)).due_date).not.toBe(before.due_date)
  await page.keyboard.press('Control+z')
  await expect
    .poll(async () => stored(visitor, id))
    .toMatchObject({ due_date: before.due_date, recurrence: before.recurrence })
})

test('"Move all to today" moves recurring tasks too, also at a time that has passed', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const due = new Date(Date.now() - 3 * 864e5 - 3_600_000).toISOString()
  const ids = []
  for (const [title, recurrence] of [
    ['One', null],
    ['Daily', 'daily'],
    ['Weekly', 'weekly'],
  ])
    ids.push(await createTask(page, { title, due_date: due, recurrence }))
  await page.goto('/')
  await live(page)
  await page.getByRole('button', { name: 'Move all to today' }).click()
  const today = await dateOf(page, Date.now())
  for (const id of ids)
    await expect
      .poll(async () => dateOf(page, String((await stored(visitor, id)).due_date)))
      .toBe(today)
  await expect(page.getByText('was not moved')).toHaveCount(0)
})

test('without storage the page says so and works on', async ({ browser }) => {
  const { page, context } = await signUp(browser)
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('forbidden', 'SecurityError')
    }
  })
  await page.reload()
  await live(page)
  await expect(page.getByText('This browser does not store data for this page')).toBeVisible()
  await add(page, 'Buy stamps')
})

test('with a full storage the page says so and works on', async ({ browser }) => {
  const { page, context } = await signUp(browser)
  await context.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })
  await page.reload()
  await live(page)
  await add(page, 'Buy stamps')
  await expect(page.getByText('The storage of this browser is full.')).toBeVisible()
})
