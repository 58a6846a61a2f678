import { expect, test, type Page } from '@playwright/test'
import { createTask, row, secondWindow, signUp } from './product'

const TOMORROW = new Date(Date.now() + 86_400_000).toISOString()

test('what changes while a page is on its way to a window is on that page', async ({ browser }) => {
  const visitor = await signUp(browser)
  const other = await secondWindow(visitor, '/all')

  await other.route(/\/upcoming\?/, async (route) => {
    if (route.request().headers()['next-router-prefetch']) return route.continue()
    const rendered = await route.fetch()
    await addedElsewhere(visitor.page, other)
    await route.fulfill({ response: rendered })
  })
  await place(other, 'Upcoming').click()

  await expect(other.getByRole('heading', { name: 'Upcoming' })).toBeVisible()
  await expect(row(other, 'Call Ana')).toBeVisible()
})

test('what changes while a window asks for the first time is in the answer it shows', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const other = await secondWindow(visitor, '/search')

  let first = true
  await other.route(/\/api\/tasks\?.*q=ana/i, async (route) => {
    if (!first) return route.continue()
    first = false
    const answer = await route.fetch()
    await addedElsewhere(visitor.page, other)
    await route.fulfill({ response: answer }).catch(() => undefined) // nobody waits for it any more
  })
  await other.getByLabel('Search tasks').fill('ana')

  await expect(row(other, 'Call Ana')).toBeVisible()
})

test('what changes before the next page is wanted is not lost over it', async ({ browser }) => {
  const visitor = await signUp(browser)
  for (let n = 0; n < 60; n++) await createTask(visitor.page, { title: `Task ${n}` })
  const other = await visitor.context.newPage()
  const lists = /\/api\/tasks\?(?!.*cursor)/
  const asked = other.waitForResponse(lists)
  await other.goto('/all')
  await asked

  // The list is asked again for the news; before it has answered, its end comes into sight.
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

/** A task of tomorrow, of which the other window has heard. */
async function addedElsewhere(page: Page, other: Page): Promise<void> {
  await createTask(page, { title: 'Call Ana', due_date: TOMORROW })
  await expect(place(other, 'Upcoming')).toHaveAccessibleName('Upcoming 1 open')
}

function place(page: Page, name: string) {
  return page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: new RegExp(`^${name}`) })
}
