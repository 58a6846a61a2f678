import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { confirmAddress, live, mailed, row, secondWindow, signUp } from './product'

const ROOT = path.resolve(import.meta.dirname, '../../..')

interface Source {
  folder: string
  /** The file with a repeating task, and that task. */
  file: string
  repeating: string
  /** A part of the file that the report must list as not imported. */
  unsupported: { task: string; reason: RegExp }
}

/** Files written by other programs: our fixtures, and a larger collection where it is present. */
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

/** The same file after the other program changed the repeating task: daily, and due at `due`. */
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

async function importFiles(
  page: Page,
  files: Parameters<ReturnType<Page['locator']>['setInputFiles']>[0],
) {
  await page.getByLabel('Calendar files').setInputFiles(files)
  return page.getByRole('region', { name: 'Import and export' }).getByRole('status')
}

test('imported tasks repeat and remind like tasks made here', async ({ browser, request }) => {
  const visitor = await signUp(browser)
  const { page, email } = visitor
  await confirmAddress(visitor, request)
  await page.goto('/settings#data')
  await live(page)

  for (const source of SOURCES)
    await test.step(`the files beside ${path.basename(source.file)} are imported, and the rest is listed`, async () => {
      const report = await importFiles(page, calendarFiles(source))
      await expect(report).toContainText(/\d+ tasks added/)
      const left = report.getByRole('listitem').filter({ hasText: source.unsupported.task })
      await expect(left.filter({ hasText: source.unsupported.reason }).first()).toBeVisible()
    })

  const due = new Date(Date.now() - 86_400_000 + 60_000)
  for (const source of SOURCES)
    await test.step(`importing ${source.file} again after a change updates the task`, async () => {
      const report = await importFiles(page, [moved(source, due)])
      await expect(report).toContainText(/1 updated/)
      await expect(report).not.toContainText('added')
    })

  const other = await secondWindow(visitor, '/')
  await page.goto('/')
  await live(page)
  for (const { repeating } of SOURCES)
    await test.step(`completing ${repeating} shows its successor in a second window without a reload`, async () => {
      const before = await row(other, repeating).getAttribute('data-task')
      await row(page, repeating).getByRole('checkbox').click()
      await expect(page.getByText(/^Done\. Next: \w{3} \d+ \w{3}/).first()).toBeVisible()
      await expect(row(other, repeating)).toHaveCount(1)
      await expect(row(other, repeating)).not.toHaveAttribute('data-task', before ?? '')
    })

  await test.step('the reminder of the successor appears in both windows', async () => {
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
    await test.step(`the reminder of ${repeating} is sent by email`, () =>
      mailed(request, email, repeating))
})

test('a file that is not a calendar is refused by name', async ({ browser }) => {
  const { page } = await signUp(browser)
  await page.goto('/settings')
  await live(page)
  const report = await importFiles(page, [
    { name: 'holiday.ics', mimeType: 'text/calendar', buffer: Buffer.from([0, 1, 2, 255, 254]) },
  ])
  await expect(report).toContainText('holiday.ics: ')
  await expect(report).not.toContainText('added')
})
