import { expect, test, type Page } from '@playwright/test'
import { createTask, dateOf, live, row, signUp } from './product'

/** The zone with this offset from UTC in hours. POSIX inverts the sign. */
function zoneOf(offset: number): string {
  return `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`
}

/** A zone far in the east and one far in the west with the same date, which lasts another hour at least. */
function sameDate(): { east: string; west: string; day: (later: number) => string } {
  const now = new Date()
  const hour = now.getUTCHours()
  const day = (later: number) => new Date(now.getTime() + later * 864e5).toISOString().slice(0, 10)
  return {
    east: zoneOf(Math.min(14, 22 - hour)),
    west: zoneOf(-Math.min(12, hour)),
    day,
  }
}

async function moveTo(page: Page, timezone: string): Promise<void> {
  const status = await page.evaluate(async (zone) => {
    const response = await fetch('/api/me', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ timezone: zone }),
    })
    return response.status
  }, timezone)
  expect(status).toBe(200)
}

test('all-day tasks stay on their dates when the account moves to a zone in the west', async ({
  browser,
}) => {
  const { east, west, day } = sameDate()
  const { page } = await signUp(browser, { timezoneId: east })
  const id = await createTask(page, { title: 'Pay rent', due_date: day(0) })
  await createTask(page, { title: 'Water plants', due_date: day(1) })

  for (const zone of [east, west]) {
    await moveTo(page, zone)
    await page.goto('/')
    await live(page)
    await expect(row(page, 'Pay rent')).toBeVisible()
    await expect(row(page, 'Water plants')).toHaveCount(0)
    await expect(page.getByRole('heading', { name: 'Overdue' })).toHaveCount(0)
    await page.goto('/all')
    await live(page)
    const under = (heading: string) => page.getByRole('region', { name: heading, exact: true })
    await expect(under('Today').getByRole('listitem')).toContainText('Pay rent')
    await expect(under('Tomorrow').getByRole('listitem')).toContainText('Water plants')
    await page.goto(`/all?task=${id}`)
    await expect(page.getByRole('button', { name: /^Today/ }).first()).toBeVisible()
  }
})

test('at midnight the all-day task of the new day moves to Today', async ({ browser }) => {
  const { page } = await signUp(browser)
  const midnight = await page.evaluate(() => new Date().setHours(24, 0, 0, 0))
  await createTask(page, { title: 'Pay rent', due_date: await dateOf(page, midnight) })
  await page.clock.install({ time: new Date(midnight - 45_000) })
  await page.goto('/')
  await live(page)
  await expect(page.getByText('Pay rent')).toHaveCount(0)
  await page.clock.fastForward('01:00')
  await expect(row(page, 'Pay rent')).toBeVisible()
})
