import { expect, test } from '@playwright/test'
import { add, confirmAddress, createTask, live, openTask, row, signUp } from './product'

test('the 31st of every month, a day and an hour before, by mail and then elsewhere after ten minutes', async ({
  browser,
  request,
}) => {
  const visitor = await signUp(browser)
  const { page, email } = visitor
  await confirmAddress(visitor, request)

  await test.step('channels take turns, ten minutes apart', async () => {
    await page.goto('/settings#channels')
    await live(page)
    const channels = page.getByRole('region', { name: 'Channels' })
    await expect(channels.getByRole('listitem')).toHaveText([new RegExp(`Right away · ${email}`)])
    await channels.getByRole('button', { name: 'Add a channel' }).click()
    const form = page.getByRole('dialog', { name: 'Add a channel' })
    await form.getByLabel('Email address').fill(`second-${email}`)
    await form.getByLabel('Order').selectOption('Second')
    await form.getByLabel('Send if you do not react within').selectOption('10 minutes')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(form).toBeHidden()
    await expect(channels.getByRole('listitem').last()).toContainText('Not confirmed yet')
    await confirmAddress({ ...visitor, email: `second-${email}` }, request)
    await page.reload()
    await live(page)
    await expect(channels.getByRole('listitem')).toHaveText([
      new RegExp(`Right away · ${email}`),
      new RegExp(`After 10 minutes if you do not react · second-${email}`),
    ])
  })

  await test.step('its next ten dates, each odd one with its reason', async () => {
    await page.goto('/all')
    await live(page)
    // From January of next year on, so that the ten dates contain February and both reminders are still to come.
    const year = new Date().getFullYear() + 1
    await add(
      page,
      `pay rent every month on the 31st from ${year}-01-31 9:00 remind 1 day and 1 hour before`,
      'pay rent',
    )
    await row(page, 'pay rent').getByRole('button', { name: 'pay rent' }).first().click()
    const panel = page.getByRole('complementary', { name: 'Task' })
    await panel.getByRole('button', { name: 'Show more dates' }).click()
    const dates = panel.getByRole('list', { name: 'Next dates' }).getByRole('listitem')
    await expect(dates).toHaveCount(10)
    const lastOfFebruary = new Date(year, 2, 0).getDate()
    const february = new RegExp(`${lastOfFebruary} Feb.*February has no 31st`)
    await expect(dates.filter({ hasText: february })).toHaveCount(1)
    await expect(dates.filter({ hasText: /30 Apr.*April has no 31st/ })).toHaveCount(1)
    await panel.getByRole('button', { name: 'Reminder log' }).click()
    for (const planned of ['1 day before', '1 hour before'])
      await expect(panel.getByRole('listitem').filter({ hasText: planned })).toContainText(
        'Planned.',
      )
  })

  await test.step('what came, and what is still to come if nobody answers', async () => {
    const id = await createTask(page, {
      title: 'Call Ana',
      due_date: new Date(Date.now() + 10_000).toISOString(),
      reminders: ['PT0S'],
    })
    await expect(page.getByTestId('bell')).toHaveAccessibleName('Notifications, 1 unread')
    await openTask(page, id)
    const panel = page.getByRole('complementary', { name: 'Task' })
    await panel.getByRole('button', { name: 'Reminder log' }).click()
    const told = panel.getByRole('listitem').filter({ hasText: 'When due' })
    await expect(told).toContainText('Sent in the page, ')
    await expect(told).toContainText(`by email to ${email}, `)
    await expect(told).toContainText(`Planned by email to second-${email}`)

    await page.getByTestId('bell').click()
    await page.getByRole('button', { name: 'Mark all as read' }).click()
    await page.reload()
    await panel.getByRole('button', { name: 'Reminder log' }).click()
    await expect(told).toContainText(
      `Not sent by email to second-${email}: You had already seen the reminder elsewhere.`,
    )
  })
})
