import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { live, mailed, row, secondWindow, signUp } from './product'

const ROOT = path.resolve(import.meta.dirname, '../../..')

interface Source {
  folder: string
  /** The file with a repeating task, and that task. */
  file: string
  repeating: string
  /** Something the report must say was left out. */
  unsupported: { task: string; reason: RegExp }
}

/** Files as other programs write them: our own always; the real ones where they are, beside the repository. */
const SOURCES: Source[] = [
  {
    folder: path.join(ROOT, 'backend/tests/fixtures/vtodo'),
    file: 'apple-reminders.ics',
    repeating: 'Pay the rent',
    unsupported: { task: 'Ask for the parcel', reason: /Reminders at a place/ },
  },
  {
    folder: path.resolve(ROOT, '../shared/data/vtodo'),
    file: 'apple-repeat_daily.ics',
    repeating: 'Test daily',
    unsupported: { task: 'Test', reason: /Reminders at a place/ },
  },
].filter(({ folder }) => existsSync(folder))

function calendarFiles({ folder }: Source): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ics'))
    .map((name) => path.join(folder, name))
}

/** The same file after its owner moved the repeating task, in the other program: daily, and due at this moment. */
function moved(source: Source, due: Date): { name: string; mimeType: string; buffer: Buffer } {
  const at = `${due.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
  const text = readFileSync(path.join(source.folder, source.file), 'utf8')
    .split('BEGIN:VTODO')
    .map((part) =>
      part.includes(`SUMMARY:${source.repeating}`)
        ? part
            .replace(/^DTSTART.*\r?\n/m, '')
            .replace(/^DUE.*$/m, `DUE:${at}`)
            .replace(/^RRULE:.*$/m, 'RRULE:FREQ=DAILY')
            .replace(/^TRIGGER;VALUE=DATE-TIME:.*$/m, `TRIGGER;VALUE=DATE-TIME:${at}`)
        : part,
    )
    .join('BEGIN:VTODO')
  return { name: source.file, mimeType: 'text/calendar', buffer: Buffer.from(text) }
}

async function bring(
  page: Page,
  files: Parameters<ReturnType<Page['locator']>['setInputFiles']>[0],
) {
  await page.getByLabel('Calendar files').setInputFiles(files)
  return page.getByRole('region', { name: 'Import and export' }).getByRole('status')
}

test('tasks of another program come over; a repeating one, completed, comes back and reminds', async ({
  browser,
  request,
}) => {
  const visitor = await signUp(browser)
  const { page, email } = visitor
  await page.goto('/settings#data')
  await live(page)

  for (const source of SOURCES)
    await test.step(`what ${path.basename(source.file)} and its neighbours say is there, the rest is listed`, async () => {
      const report = await bring(page, calendarFiles(source))
      await expect(report).toContainText(/\d+ tasks added/)
      const left = report.getByRole('listitem').filter({ hasText: source.unsupported.task })
      await expect(left.filter({ hasText: source.unsupported.reason }).first()).toBeVisible()
    })

  const due = new Date(Date.now() - 86_400_000 + 60_000)
  for (const source of SOURCES)
    await test.step(`${source.file} again, changed: updated, not doubled`, async () => {
      const report = await bring(page, [moved(source, due)])
      await expect(report).toContainText(/1 updated/)
      await expect(report).not.toContainText('added')
    })

  const other = await secondWindow(visitor, '/')
  await page.goto('/')
  await live(page)
  for (const { repeating } of SOURCES)
    await test.step(`${repeating}: done here, its successor appears there without a reload`, async () => {
      const before = await row(other, repeating).getAttribute('data-task')
      await row(page, repeating).getByRole('checkbox').click()
      await expect(page.getByText(/^Done\. Next: \w{3} \d+ \w{3}/).first()).toBeVisible()
      await expect(row(other, repeating)).toHaveCount(1)
      await expect(row(other, repeating)).not.toHaveAttribute('data-task', before ?? '')
    })

  await test.step('the successor’s reminder rings in both windows', async () => {
    for (const window of [page, other]) {
      await expect(window.getByTestId('bell')).toHaveAccessibleName(
        `Notifications, ${SOURCES.length} unread`,
        { timeout: 90_000 },
      )
      for (const { repeating } of SOURCES)
        await expect(window.getByRole('alert').filter({ hasText: repeating })).toBeVisible()
    }
  })

  for (const { repeating } of SOURCES)
    await test.step(`${repeating} is in the mail server`, () => mailed(request, email, repeating))
})

test('a file that is no calendar is refused by its name', async ({ browser }) => {
  const { page } = await signUp(browser)
  await page.goto('/settings')
  await live(page)
  const report = await bring(page, [
    { name: 'holiday.ics', mimeType: 'text/calendar', buffer: Buffer.from([0, 1, 2, 255, 254]) },
  ])
  await expect(report).toContainText('holiday.ics: ')
  await expect(report).not.toContainText('added')
})
