import { expect, test, type Page } from '@playwright/test'
import { createTask, row, secondWindow, signUp } from './product'

const TOMORROW = new Date(Date.now() + 86_400_000).toISOString()

test('a change made while a page loads appears on that page', async ({ browser }) => {
  const visitor = await signUp(browser)
  const other = await secondWindow(visitor, '/all')

  await other.route(/\/upcoming\?/, async (route) => {
    if (route.request().headers()['next-router-prefetch']) return route.continue()
    const rendered = await route.fetch()
    await addElsewhere(visitor.page, other)
    await route.fulfill({ response: rendered })
  })
  await navLink(other, 'Upcoming').click()

  await expect(other.getByRole('heading', { name: 'Upcoming' })).toBeVisible()
  await expect(row(other, 'Call Ana')).toBeVisible()
})

test('a change made while the first search runs appears in its results', async ({ browser }) => {
  const visitor = await signUp(browser)
  const other = await secondWindow(visitor, '/search')

  let first = true
  await other.route(/\/api\/tasks\?.*q=ana/i, async (route) => {
    if (!first) return route.continue()
    first = false
    const answer = await route.fetch()
    await addElsewhere(visitor.page, other)
    await route.fulfill({ response: answer }).catch(() => undefined) // the page may have cancelled the request
  })
  await other.getByLabel('Search tasks').fill('ana')

  await expect(row(other, 'Call Ana')).toBeVisible()
})

test('a change made before the next page of a list loads is not lost', async ({ browser }) => {
  const visitor = await signUp(browser)
  for (let n = 0; n < 60; n++) await createTask(visitor.page, { title: `Task ${n}` })
  const other = await visitor.context.newPage()
  const lists = /\/api\/tasks\?(?!.*cursor)/
  const asked = other.waitForResponse(lists)
  await other.goto('/all')
  await asked

  // The change makes the page fetch the list again. Before the answer, the end of the list scrolls into view.
  let first = true
  await other.route(lists, async (route) => {
    if (!first) return route.continue()
    first = false
    await other.evaluate(async () => {
      window.scrollTo(0, document.body.scrollHeight)
      for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame)
    })
    await route.continue()
  })
  await createTask(visitor.page, { title: 'Call Ana', due_date: TOMORROW })

  await expect(other.getByText('Task 59')).toBeVisible()
  await expect(row(other, 'Call Ana')).toBeVisible()
})

/** Adds a task due tomorrow, and waits until the other window has received the event. */
async function addElsewhere(page: Page, other: Page): Promise<void> {
  await createTask(page, { title: 'Call Ana', due_date: TOMORROW })
  await expect(navLink(other, 'Upcoming')).toHaveAccessibleName('Upcoming 1 open')
}

function navLink(page: Page, name: string) {
  return page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: new RegExp(`^${name}`) })
}
