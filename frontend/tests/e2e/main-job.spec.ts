import { expect, test } from '@playwright/test'
import {
  add,
  clockTime,
  confirmAddress,
  createTask,
  mailed,
  row,
  secondWindow,
  signUp,
} from './product'

test('completing a weekly task shows the next one in a second window; a reminder appears and is emailed', async ({
  browser,
  request,
}) => {
  const visitor = await signUp(browser)
  const { page, email } = visitor
  await confirmAddress(visitor, request)

  await test.step('a weekly task that was due an hour ago', async () => {
    await add(page, 'Water plants')
    await row(page, 'Water plants').getByRole('button', { name: 'Water plants' }).first().click()
    const panel = page.getByRole('complementary', { name: 'Task' })
    await panel.getByRole('group', { name: 'Due' }).getByRole('button').click()
    await page.getByRole('switch', { name: 'All day' }).click()
    await page.getByLabel('Time', { exact: true }).fill(await clockTime(page, 1))
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await panel.getByRole('group', { name: 'Repeat' }).getByRole('button').click()
    await page
      .getByRole('button', { name: /^Every (Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$/ })
      .click()
    await expect(
      page.getByRole('list', { name: 'Next dates' }).last().getByRole('listitem'),
    ).toHaveCount(5)
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(panel.getByRole('group', { name: 'Repeat' })).toContainText(/every \w+day/i)
    await page.keyboard.press('Escape')
  })

  const other = await secondWindow(visitor, '/upcoming')
  await expect(row(other, 'Water plants')).toHaveCount(0)

  await test.step('completing it shows the next date', async () => {
    await row(page, 'Water plants').getByRole('checkbox').click()
    await expect(page.getByText(/^Done\. Next: \w{3} \d+ \w{3}/)).toBeVisible()
    await expect(row(page, 'Water plants')).toHaveCount(0)
  })

  await test.step('the next task appears in the second window without a reload', async () => {
    await expect(row(other, 'Water plants')).toBeVisible()
  })

  await test.step('a reminder appears in both windows', async () => {
    await createTask(page, {
      title: 'Call Ana',
      due_date: new Date(Date.now() + 10_000).toISOString(),
      reminders: ['PT0S'],
    })
    for (const window of [page, other])
      await expect(window.getByTestId('bell')).toHaveAccessibleName('Notifications, 1 unread', {
        timeout: 30_000,
      })
    await expect(page.getByRole('alert').filter({ hasText: 'Call Ana' })).toBeVisible()
  })

  await test.step('the reminder is sent by email', () => mailed(request, email, 'Call Ana'))

  await test.step('Done in the bell completes the task in both windows', async () => {
    await page.getByTestId('bell').click()
    await page
      .getByRole('dialog', { name: 'Notifications' })
      .getByRole('button', { name: 'Done' })
      .click()
    await expect(other.getByTestId('bell')).toHaveAccessibleName('Notifications')
    await other.goto('/completed')
    await expect(row(other, 'Call Ana')).toBeVisible()
  })

  await test.step('the history shows who did what', async () => {
    await row(other, 'Water plants').getByRole('button', { name: 'Water plants' }).first().click()
    await other.getByRole('button', { name: 'History' }).click()
    await expect(other.getByText(/You completed it/)).toBeVisible()
    await expect(other.getByText(/You added it/)).toBeVisible()
  })
})

test('quick add shows what it understands, keeps the text over a reload, and adds the task', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  const text = 'pay rent every month on the last day at 9am remind 1 hour before !high #home'
  await page.getByLabel('Add a task').fill(text)
  const understood = page.getByLabel('Understood')
  await expect(understood).toContainText('monthly on the last day')
  await expect(understood).toContainText('1 hour before')
  await page.reload()
  await expect(page.getByLabel('Add a task')).toHaveValue(text)
  await expect(page.getByLabel('Understood')).toContainText('home')
  await page.getByLabel('Add a task').press('Enter')
  await expect(page.getByText(/^Added\. Due /)).toBeVisible()
  await page.goto('/all')
  await expect(row(page, 'pay rent')).toContainText('monthly on the last day')
})

test('changes made offline wait, and are sent when the network is back', async ({ browser }) => {
  const { page, context } = await signUp(browser)
  await add(page, 'Call Ana')
  await context.setOffline(true)
  await row(page, 'Call Ana').getByRole('checkbox').click()
  await expect(page.getByText('Offline. 1 change waiting.')).toBeVisible()
  await expect(row(page, 'Call Ana')).toHaveCount(0)
  await context.setOffline(false)
  await expect(page.getByText('Back online. 1 change sent.').last()).toBeVisible()
  await page.goto('/completed')
  await expect(row(page, 'Call Ana')).toBeVisible()
})
