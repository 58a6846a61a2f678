import { expect, test } from '@playwright/test'
import { add, createTask, openTask, row, signUp } from './product'

test('changes made while the server is unreachable are kept, counted, and sent later', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  await add(page, 'Call Ana')
  await add(page, 'Water plants')

  await page.route('**/api/tasks**', (route) => route.abort())
  await page.route('**/api/tasks/**', (route) => route.abort())
  await row(page, 'Call Ana').getByRole('checkbox').click()
  await page.getByLabel('Add a task').fill('Buy stamps')
  await page.getByLabel('Add a task').press('Enter')
  await expect(page.getByText('2 changes not saved yet.')).toBeVisible()
  await expect(row(page, 'Call Ana')).toHaveCount(0)
  await expect(row(page, 'Buy stamps')).toContainText('Not saved yet')

  await page.unrouteAll()
  await expect(page.getByText('not saved yet')).toHaveCount(0)
  await expect(row(page, 'Buy stamps')).toHaveAttribute('data-task', /^\d/)
  await page.goto('/completed')
  await expect(row(page, 'Call Ana')).toBeVisible()
})

test('a change that cannot be saved can be discarded', async ({ browser }) => {
  const { page } = await signUp(browser)
  await add(page, 'Call Ana')
  await page.route('**/api/tasks/**', (route) => route.fulfill({ status: 503 }))
  await row(page, 'Call Ana').getByRole('checkbox').click()
  await page.getByRole('button', { name: 'Show' }).click()
  const waiting = page.getByRole('dialog', { name: 'Changes not saved yet' })
  await expect(waiting.getByRole('listitem')).toContainText('The server had a problem')
  await waiting.getByRole('button', { name: 'Discard' }).click()
  await expect(waiting).toContainText('Everything is saved.')
  await page.keyboard.press('Escape')
  await expect(page.getByText('not saved yet')).toHaveCount(0)
  await expect(row(page, 'Call Ana').getByRole('checkbox')).not.toBeChecked()
})

test('a refused value stays in its field, with the reason next to it', async ({ browser }) => {
  const { page } = await signUp(browser)
  const id = await createTask(page, { title: 'Call Ana' })
  await openTask(page, id)
  const tag = 'x'.repeat(300)
  await page.getByLabel('Add a tag').fill(tag)
  await page.getByLabel('Add a tag').press('Enter')
  await expect(page.getByRole('group', { name: 'Tags' }).getByRole('alert')).toBeVisible()

  await page.route(`**/api/tasks/${id}`, (route) =>
    route.request().method() === 'PATCH'
      ? route.continue({ postData: JSON.stringify({ title: '' }) })
      : route.continue(),
  )
  await page.getByLabel('Title').fill('Call Ana Maria')
  await page.getByLabel('Title').press('Enter')
  await expect(page.getByLabel('Title')).toHaveAccessibleDescription(/.+/)
  await expect(page.getByLabel('Title')).toHaveValue('Call Ana Maria')
})

test('one Undo reverts "Move all to today" and nothing else', async ({ browser }) => {
  const { page } = await signUp(browser)
  for (const title of ['First', 'Second'])
    await createTask(page, { title, due_date: new Date(Date.now() - 3 * 864e5).toISOString() })
  await expect(row(page, 'Second')).toBeVisible()
  await page.getByRole('button', { name: 'Move all to today' }).click()
  await expect(page.getByRole('region', { name: 'Overdue' })).toHaveCount(0)
  await add(page, 'Third')
  const notice = page.getByRole('listitem').filter({ hasText: '2 tasks moved to today.' })
  await notice.getByRole('button', { name: 'Undo' }).click()
  const overdue = page.getByRole('region', { name: 'Overdue' })
  await expect(overdue.getByRole('listitem')).toHaveCount(2)
  await expect(row(page, 'Third')).toBeVisible()
})
