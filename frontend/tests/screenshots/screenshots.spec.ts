import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { ask, button, card, conversation } from '../e2e/assistant'
import { createProject, createTask, live, row, signUp, zoneAt } from '../e2e/product'

const FOLDER = path.resolve(import.meta.dirname, '../../../docs/screenshots')
const ZONE = zoneAt(11)

function day(distance: number, time?: string): string {
  const date = new Date(Date.now() + distance * 864e5)
  const local = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(date)
  return time ? `${local}T${time}:00` : local
}

const PROJECTS = { Home: 'green', Work: 'blue', Garden: 'amber' }

const TASKS: ({ title: string; project?: keyof typeof PROJECTS } & Record<string, unknown>)[] = [
  {
    title: 'Pay the rent',
    project: 'Home',
    due_date: day(-2, '09:00'),
    recurrence: 'FREQ=MONTHLY;BYMONTHDAY=-1',
    priority: 1,
    tags: ['home'],
  },
  { title: 'Return the library books', due_date: day(-1), reminders: [] },
  { title: 'Call the dentist about the crown', due_date: day(0), priority: 5, reminders: [] },
  {
    title: 'Send Marco the slides for Thursday',
    project: 'Work',
    due_date: day(0, '15:00'),
    priority: 1,
    tags: ['work'],
    reminders: ['PT30M'],
  },
  {
    title: 'Water the plants',
    project: 'Home',
    description: 'The ferns need more in winter.',
    due_date: day(0, '17:00'),
    recurrence: 'weekly',
    tags: ['home'],
    reminders: ['P1D', 'PT1H'],
  },
  { title: 'Pick up the parcel before the shop closes', due_date: day(0, '18:30'), reminders: [] },
  {
    title: 'Read two chapters',
    due_date: day(0, '21:00'),
    recurrence: 'daily',
    recurrence_mode: 'skip_missed',
    reminders: [],
  },
  { title: 'Book the train to Lyon', due_date: day(2), tags: ['travel'], reminders: [] },
  { title: 'Back up the photos', due_date: day(4, '20:00'), recurrence: 'FREQ=WEEKLY;INTERVAL=2' },
  {
    title: 'Change the heating filter',
    project: 'Home',
    due_date: day(20),
    recurrence: 'FREQ=MONTHLY;INTERVAL=3',
  },
  {
    title: 'Ideas for the garden',
    project: 'Garden',
    description: 'Raised beds, a bench, a second water butt',
  },
]

async function fill(page: Page): Promise<void> {
  await page.evaluate(() =>
    fetch('/api/me', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ana Moreau' }),
    }),
  )
  const ids = new Map<string, number>()
  for (const [name, colour] of Object.entries(PROJECTS))
    ids.set(name, await createProject(page, { name, colour }))
  for (const { project, ...task } of TASKS)
    await createTask(page, { timezone: ZONE, ...task, project_id: project && ids.get(project) })
  await createTask(page, {
    title: 'Take the bread out of the oven',
    due_date: new Date(Date.now() + 1000).toISOString(),
    reminders: ['PT0S'],
  })
  await expect(page.getByTestId('bell')).toHaveAccessibleName('Notifications, 1 unread')
  await page.goto('/')
  await live(page)
}

async function screenshot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), animations: 'disabled' })
}

test('desktop, light', async ({ browser }) => {
  const { page } = await signUp(browser, {
    timezoneId: ZONE,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    viewport: { width: 1440, height: 900 },
  })
  await fill(page)

  const title = 'Water the plants'
  await row(page, title).getByRole('button', { name: title, exact: true }).click()
  await expect(page.getByRole('list', { name: 'Next dates' }).getByRole('listitem')).toHaveCount(5)
  await page.mouse.move(0, 0)
  await screenshot(page, 'today')

  await page.getByRole('group', { name: 'Repeat' }).getByRole('button').click()
  await page.getByRole('button', { name: 'Custom' }).click()
  const dates = page.getByRole('dialog').getByRole('list', { name: 'Next dates' })
  await expect(dates.getByRole('listitem')).toHaveCount(5)
  await screenshot(page, 'repeat')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Close', exact: true }).click()

  await page
    .getByLabel('Add a task')
    .fill('call Ana every month on the last day at 9am remind 1 hour before !high')
  await expect(page.getByLabel('Understood')).toContainText(/\d+ \w{3}( \d{4})? · /)
  await screenshot(page, 'quick-add')
  await page.getByLabel('Add a task').fill('')

  await row(page, 'Read two chapters').getByRole('checkbox').click()
  await expect(page.getByText(/^Done\. Next: /)).toBeVisible()
  await expect(row(page, 'Read two chapters')).toContainText('Next: ')
  await screenshot(page, 'completed-comes-back')
})

test('the assistant, without a key', async ({ browser }) => {
  const { page } = await signUp(browser, {
    timezoneId: ZONE,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    viewport: { width: 1440, height: 900 },
  })
  await fill(page)
  for (const title of ['Dentist: check-up', 'Call the bank', 'Buy a birthday card'])
    await createTask(page, { title, timezone: ZONE, due_date: day(1, '14:00'), reminders: [] })
  await createTask(page, {
    title: 'Take the bins out',
    timezone: ZONE,
    due_date: day(1, '19:00'),
    recurrence: 'weekly',
  })
  await page.goto('/all')
  await live(page)
  await page.keyboard.press('c')
  await ask(page, 'add clean the gutters every 3 months on the first saturday at 10:00')
  await expect(conversation(page)).toContainText('Added')
  await ask(page, 'move call the dentist about the crown to tomorrow at 9:00')
  await expect(conversation(page)).toContainText('Moved')
  await ask(page, 'complete return the library books')
  await expect(conversation(page)).toContainText('Completed')
  await screenshot(page, 'assistant-conversation')

  await button(page, 'New conversation').click()
  const later = new Date(Date.now() + 3 * 864e5)
  const weekday = later.toLocaleDateString('en', { weekday: 'long', timeZone: ZONE })
  await ask(page, `move everything from tomorrow to ${weekday} except the dentist`)
  await expect(card(page).getByRole('checkbox')).toHaveCount(3)
  await page.mouse.move(0, 0)
  await screenshot(page, 'assistant-proposal')
  await button(page, 'Approve').click()
  await expect(button(page, 'Undo')).toBeVisible()
  await screenshot(page, 'assistant-approved')
  await button(page, 'Undo').click()
  await expect(card(page)).toContainText('Approved, then undone.')
  await screenshot(page, 'assistant-undone')
})

test('phone, dark', async ({ browser }) => {
  const { page } = await signUp(browser, {
    timezoneId: ZONE,
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    viewport: { width: 375, height: 812 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  })
  await fill(page)
  await screenshot(page, 'phone-dark')
})
