import { expect, test, type Page } from '@playwright/test'
import { ask, button, card, conversation, field, openPanel, tasksOfTomorrow } from './assistant'
import { createTask, live, register, row, secondWindow, signUp } from './product'

/** The weekday three days from now in the zone of the page, as the person would say it. */
function inThreeDays(page: Page): Promise<string> {
  return page.evaluate(() =>
    new Date(Date.now() + 3 * 864e5).toLocaleDateString('en', { weekday: 'long' }),
  )
}

async function dueInDays(page: Page, title: string): Promise<number> {
  return page.evaluate(async (title) => {
    const { items } = (await (await fetch('/api/tasks?limit=100')).json()) as {
      items: { title: string; due_date: string; recurrence: string | null }[]
    }
    const task = items.find((each) => each.title === title)
    return task ? Math.round((new Date(task.due_date).getTime() - Date.now()) / 864e5) : NaN
  }, title)
}

test('the assistant tells what is due, and adds a task with its repetition', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  await createTask(page, { title: 'Pay rent', due_date: new Date().toISOString() })
  await openPanel(page)
  await ask(page, 'what is due today?')
  await expect(conversation(page)).toContainText(/Pay rent.*due/i)
  await ask(page, 'add water the plants every monday at 9:00')
  await expect(conversation(page)).toContainText('Added “water the plants”', { ignoreCase: true })
  await page.keyboard.press('Escape')
  await page.goto('/all')
  await expect(row(page, 'water the plants')).toContainText('every Monday', { ignoreCase: true })
})

test('tasks are moved as approved, seen in a second window, and undone with the series', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  await tasksOfTomorrow(page)
  await page.goto('/all')
  await live(page)
  const other = await secondWindow(visitor, '/all')
  await openPanel(page)
  const day = await inThreeDays(page)
  await ask(page, `move everything from tomorrow to ${day.toLowerCase()} except the dentist`)

  const rows = card(page).getByRole('listitem')
  await expect(rows).toHaveCount(3)
  await expect(rows.filter({ hasText: 'dentist' })).toHaveCount(0)
  await expect(rows.filter({ hasText: 'plants' })).toContainText('The series is kept')
  await expect(rows.first()).toContainText(
    new RegExp(`Due: \\w{3} .* → ${day.slice(0, 3)} \\d+ \\w{3}`),
  )
  await expect(card(page)).toContainText('Nothing is changed until you approve it.')
  expect(await dueInDays(page, 'Send the slides')).toBe(1)

  await card(page).getByRole('checkbox', { name: 'Move: Pay the gardener' }).uncheck()
  await button(page, 'Approve 2 of 3').click()
  await expect(card(page)).toContainText('Approved.')
  await expect(card(page)).toContainText('2 tasks changed.')
  for (const window of [page, other])
    for (const title of ['Water the plants', 'Send the slides'])
      await expect(row(window, title)).toContainText(day.slice(0, 3))
  expect(await dueInDays(page, 'Send the slides')).toBe(3)
  expect(await dueInDays(page, 'Pay the gardener')).toBe(1)
  expect(await dueInDays(page, 'Call the dentist')).toBe(1)
  await expect(row(other, 'Water the plants')).toContainText('weekly')

  await row(other, 'Send the slides')
    .getByRole('button', { name: 'Send the slides' })
    .first()
    .click()
  await other.getByRole('button', { name: 'History' }).click()
  await expect(other.getByRole('complementary', { name: 'Task' })).toContainText('The chat')

  await page.reload()
  await live(page)
  await openPanel(page)
  await expect(card(page)).toContainText('Approved.')
  await button(page, 'Undo').click()
  await expect(card(page)).toContainText('Approved, then undone.')
  await expect(button(page, 'Undo')).toHaveCount(0)
  for (const title of ['Water the plants', 'Send the slides'])
    await expect(row(other, title)).not.toContainText(day.slice(0, 3))
  expect(await dueInDays(page, 'Send the slides')).toBe(1)
  await expect(row(other, 'Water the plants')).toContainText('weekly')

  await page.reload()
  await live(page)
  await openPanel(page)
  await expect(card(page)).toContainText('Approved, then undone.')
  await expect(button(page, 'Undo')).toHaveCount(0)
  await expect(conversation(page)).not.toContainText('Nothing was changed')
})

test('a deletion is only proposed, can be dismissed, and can be worded again', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  await createTask(page, { title: 'Old notes' })
  await page.goto('/all')
  await live(page)
  await openPanel(page)
  await ask(page, 'delete old notes')
  await expect(card(page)).toContainText('Move to the trash')
  await expect(row(page, 'Old notes')).toBeVisible()
  await button(page, 'Edit').click()
  await expect(field(page)).toBeFocused()
  await expect(field(page)).toHaveValue('delete old notes')
  await button(page, 'Dismiss').click()
  await expect(card(page)).toContainText('Dismissed. Nothing was changed.')
  await expect(button(page, 'Approve')).toHaveCount(0)
  await page.reload()
  await live(page)
  await expect(row(page, 'Old notes')).toBeVisible()
  await openPanel(page)
  await expect(card(page)).toContainText('Dismissed. Nothing was changed.')

  await ask(page, 'delete old notes')
  await button(page, 'Approve').click()
  await expect(row(page, 'Old notes')).toHaveCount(0)
  await ask(page, 'undo that')
  await expect(row(page, 'Old notes')).toBeVisible()
  await expect(card(page)).toContainText('Approved, then undone.')
})

test('a conversation survives a reload, in mid-answer and after it', async ({ browser }) => {
  const { page } = await signUp(browser)
  await openPanel(page)
  await field(page).fill('add buy milk')
  await field(page).press('Enter')
  // As soon as the page knows the conversation.
  await page.waitForFunction(() =>
    Object.keys(localStorage).some((key) => key.includes('assistant-open')),
  )
  await page.reload()
  await live(page)
  await openPanel(page)
  await expect(conversation(page)).toContainText('add buy milk')
  await expect(conversation(page)).toContainText('Added “buy milk”', { ignoreCase: true })
  await expect(button(page, 'Send')).toBeVisible()
  await field(page).fill('half a sentence')
  await page.reload()
  await live(page)
  await openPanel(page)
  await expect(field(page)).toHaveValue('half a sentence')
  await expect(conversation(page)).toContainText('Added “buy milk”', { ignoreCase: true })
  await page.goto('/all')
  await expect(row(page, 'buy milk')).toHaveCount(1)
})

test('an answer is stopped and tried again', async ({ browser }) => {
  const { page } = await signUp(browser)
  await openPanel(page)
  await page.route('**/api/chat', () => undefined)
  await field(page).fill('what is due today?')
  await field(page).press('Enter')
  await button(page, 'Stop').click()
  await expect(conversation(page)).toContainText('Stopped. What was done before stays done.')
  await expect(field(page)).toBeFocused()
  await page.unroute('**/api/chat')
  await button(page, 'Try again').click()
  await expect(conversation(page)).toContainText('There are no open tasks due today.')
  await expect(conversation(page)).not.toContainText('Stopped')
  await expect(conversation(page).getByText('what is due today?')).toHaveCount(1)

  await page.route('**/api/chat', (route) => route.abort())
  await field(page).fill('add buy bread')
  await field(page).press('Enter')
  await expect(button(page, 'Try again')).toBeVisible()
  await page.unroute('**/api/chat')
})

test('a question that was stopped before the server answered is not done twice', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  await openPanel(page)
  // The server receives it, and the page hears nothing.
  const answered = new Promise<void>((resolve) => {
    void page.route('**/api/chat', async (route) => {
      await route.fetch().then((answer) => answer.body())
      resolve()
    })
  })
  await field(page).fill('add buy bread')
  await field(page).press('Enter')
  await answered
  await button(page, 'Stop').click()
  await page.unroute('**/api/chat')
  await button(page, 'Try again').click()
  await expect(conversation(page)).toContainText('Added “buy bread”', { ignoreCase: true })
  await page.goto('/all')
  await expect(row(page, 'buy bread')).toHaveCount(1)
})

test('conversations are renamed, opened and deleted', async ({ browser }) => {
  const { page } = await signUp(browser)
  await page.goto('/assistant')
  await live(page)
  await ask(page, 'what is due today?')
  await button(page, 'New').click()
  await expect(conversation(page)).not.toContainText('what is due today?')
  await ask(page, 'what is overdue?')
  await page.getByText('Earlier conversations').click()
  await button(page, 'Rename: what is due today?').click()
  await page.getByLabel('Name of the conversation').fill('My day')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: /^My day/ })).toBeFocused()
  await page.getByRole('button', { name: /^My day/ }).click()
  await expect(conversation(page)).toContainText('what is due today?')
  await expect(conversation(page)).not.toContainText('what is overdue?')
  await page.getByText('Earlier conversations').click()
  await button(page, 'Delete: My day').click()
  await page.getByText('Delete this conversation?').waitFor()
  await button(page, 'Keep').click()
  await expect(page.getByRole('button', { name: /^My day/ })).toBeFocused()
  await button(page, 'Delete: My day').click()
  await button(page, 'Delete').click()
  await expect(page.getByRole('button', { name: /^My day/ })).toHaveCount(0)
  await expect(conversation(page)).not.toContainText('what is due today?')
  await page.reload()
  await page.getByText('Earlier conversations').click()
  await expect(page.getByRole('button', { name: /^what is overdue/ })).toBeVisible()
  await expect(page.getByRole('button', { name: /^My day/ })).toHaveCount(0)
})

test('another account in the same browser sees nothing of the first', async ({ browser }) => {
  const { page, email } = await signUp(browser)
  await page.goto('/assistant')
  await live(page)
  await ask(page, 'add a secret errand')
  await field(page).fill('my secret draft')
  await page.goto('/settings')
  await live(page)
  await button(page, 'Log out').click()
  await page.waitForURL(/login/)
  await page.goto('/register')
  await register(page, `other-${email}`)
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await page.goto('/assistant')
  await live(page)
  await expect(page.getByText('What shall I do?')).toBeVisible()
  await page.getByText('Earlier conversations').click()
  await expect(page.getByText('Your conversations will be listed here.')).toBeVisible()
  await expect(field(page)).toHaveValue('')
  await expect(page.locator('body')).not.toContainText('secret')
})
