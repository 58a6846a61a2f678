import { describe, expect, test } from 'vitest'
import { dueWords } from '@/lib/words'
import { addDays, dateField, toInstant, wallClock } from '@/lib/zoned'
import { applied, draftTask, inverse, message, readDue, type Change } from './changes'
import { sleeps, startWords } from './start'
import { aTask } from './task.builder'
import { belongs, groups, inOrder, viewQuery } from './views'

const BERLIN = 'Europe/Berlin'
/** Tuesday 24 November 2026, 12:00 in Berlin */
const NOW = new Date('2026-11-24T11:00:00Z')
const NOTHING = { task: null, next: null }

describe('a change before the server has answered', () => {
  test('completing and reopening', () => {
    const done = applied(aTask(), { kind: 'complete', task: aTask() }, NOW)
    expect(done).toMatchObject({ completed: true, status: 'done', completed_at: NOW.toISOString() })
    const open = applied(done, { kind: 'reopen', task: done }, NOW)
    expect(open).toMatchObject({ completed: false, status: 'open', completed_at: null })
  })

  test('a local due date is read in the time zone of the task', () => {
    const task = aTask({ timezone: 'America/New_York' })
    const moved = applied(
      task,
      { kind: 'edit', task, patch: { due_date: '2026-11-30T09:00:00' } },
      NOW,
    )
    expect(moved).toMatchObject({ due_date: '2026-11-30T14:00:00.000Z', all_day: false })
  })

  test('a start date is a day or an instant', () => {
    const task = aTask({ timezone: 'America/New_York' })
    const started = (start_date: string | null) =>
      applied(task, { kind: 'edit', task, patch: { start_date } }, NOW).start_date
    expect(started('2026-11-30')).toBe('2026-11-30')
    expect(started('2026-11-30T09:00:00')).toBe('2026-11-30T14:00:00.000Z')
    expect(started(null)).toBeNull()
  })

  test('a date alone is an all-day date, an instant stays as it is, null stays null', () => {
    expect(readDue('2026-11-30', BERLIN)).toEqual({
      due_date: '2026-11-30',
      all_day: true,
    })
    expect(readDue('2026-11-30T04:30:00Z', 'America/New_York', true)).toEqual({
      due_date: '2026-11-29',
      all_day: true,
    })
    expect(readDue('2026-11-30T08:00:00Z', BERLIN)).toEqual({
      due_date: '2026-11-30T08:00:00Z',
      all_day: false,
    })
    expect(readDue(null, BERLIN)).toEqual({ due_date: null, all_day: false })
  })

  test('a new rule has no description until the server sends one', () => {
    const task = aTask({ recurrence: 'FREQ=DAILY', recurrence_text: 'daily' })
    const edit = (recurrence: string): Change => ({ kind: 'edit', task, patch: { recurrence } })
    expect(applied(task, edit('FREQ=WEEKLY'), NOW).recurrence_text).toBeNull()
    expect(applied(task, edit('FREQ=DAILY'), NOW).recurrence_text).toBe('daily')
  })

  test('a new task is shown under a temporary id', () => {
    const task = draftTask(
      {
        kind: 'create',
        draft: { title: 'Call Ana', due_date: '2026-11-24' },

        tempId: -1,
      },
      BERLIN,
      NOW,
    )
    expect(task).toMatchObject({ id: -1, title: 'Call Ana', all_day: true })
    expect(belongs(task, { name: 'today', param: '' }, NOW, BERLIN)).toBe(true)
  })
})

describe('undo', () => {
  const task = aTask({ title: 'Old', due_date: '2026-11-30T08:00:00Z', tags: ['home'] })
  test.each<[Change, Partial<Change> | null]>([
    [{ kind: 'complete', task }, { kind: 'reopen' }],
    [{ kind: 'skip', task }, { kind: 'reopen' }],
    [{ kind: 'reopen', task }, { kind: 'complete' }],
    [{ kind: 'delete', task }, { kind: 'restore' }],
    [{ kind: 'restore', task }, { kind: 'delete' }],
    [
      { kind: 'postpone', task, due: '2026-12-01', timezone: BERLIN },
      { kind: 'postpone', due: '2026-11-30T08:00:00Z' } as Partial<Change>,
    ],
    [
      { kind: 'edit', task, patch: { title: 'New', tags: [] } },
      { kind: 'edit', patch: { title: 'Old', tags: ['home'] } } as Partial<Change>,
    ],
  ])('of $kind', (change, expected) => {
    expect(inverse(change, NOTHING)).toMatchObject(expected as object)
  })

  test('of an edited all-day date restores the all-day date', () => {
    const whole = aTask({ due_date: '2026-11-30', all_day: true })
    const back = inverse({ kind: 'edit', task: whole, patch: { due_date: null } }, NOTHING)
    expect(back).toMatchObject({ patch: { due_date: '2026-11-30', all_day: true } })
  })

  test('an edit and its inverse leave the task as it was', () => {
    const change: Change = {
      kind: 'edit',
      task,
      patch: { title: 'New', priority: 1, due_date: null },
    }
    const after = applied(task, change, NOW)
    expect(applied(after, inverse(change, { task: after, next: null })!, NOW)).toEqual(task)
  })
})

describe('the message of a finished change', () => {
  test('names the next date of a recurring task', () => {
    const outcome = { task: aTask(), next: '2026-11-30T08:00:00Z' }
    expect(message({ kind: 'complete', task: aTask() }, outcome, NOW, BERLIN)).toBe(
      'Done. Next: Mon 30 Nov.',
    )
    expect(message({ kind: 'complete', task: aTask() }, NOTHING, NOW, BERLIN)).toBe('Done.')
  })

  test('exists for a new due date, but not for a new title', () => {
    const task = aTask({ due_date: '2026-11-25T08:00:00Z' })
    const outcome = { task, next: null }
    expect(message({ kind: 'edit', task, patch: { title: 'x' } }, outcome, NOW, BERLIN)).toBeNull()
    expect(message({ kind: 'edit', task, patch: { due_date: 'x' } }, outcome, NOW, BERLIN)).toBe(
      'Due tomorrow 09:00.',
    )
  })
})

describe('views', () => {
  describe.each(['Pacific/Auckland', 'Pacific/Kiritimati', 'Pacific/Honolulu', 'America/New_York'])(
    'an all-day task in %s',
    (zone) => {
      const today = dateField(wallClock(NOW, zone))
      const later = (days: number) => dateField(addDays(wallClock(NOW, zone), days))
      const due = (due_date: string) => aTask({ due_date, all_day: true, timezone: BERLIN })

      test('is in the group of its date', () => {
        const all = { name: 'all', param: '' } as const
        const title = (date: string) => groups([due(date)], all, NOW, zone)[0]?.title
        expect([-1, 0, 1, 2].map((days) => title(later(days)))).toEqual([
          'Overdue',
          'Today',
          'Tomorrow',
          'Next 7 days',
        ])
      })

      test('is listed under Today on its date only, and then under Overdue', () => {
        const shown = (date: string) =>
          (['today', 'upcoming'] as const).filter((name) =>
            belongs(due(date), { name, param: '' }, NOW, zone),
          )
        expect(shown(today)).toEqual(['today'])
        expect(shown(later(1))).toEqual(['upcoming'])
        expect(dueWords(due(later(-1)), NOW, zone)).toMatchObject({ tone: 'overdue' })
      })

      test('comes before the timed tasks of its day and after those of the day before', () => {
        const at = (days: number, hour: number, id: number) => {
          const wall = { ...addDays(wallClock(NOW, zone), days), hour, minute: 0 }
          return aTask({ id, due_date: toInstant(wall, zone).toISOString() })
        }
        const tasks = [at(0, 0, 1), at(-1, 23, 4), { ...due(today), id: 9 }, at(0, 1, 3), aTask()]
        expect(tasks.sort(inOrder(zone)).map(({ id }) => id)).toEqual([4, 9, 1, 3, 1])
      })
    },
  )

  test('Today ends at midnight in the time zone of the person', () => {
    expect(viewQuery({ name: 'today', param: '' }, NOW, BERLIN)).toEqual({
      status: 'open',
      sleeping: true,
      due_to: '2026-11-24T22:59:59.000Z',
    })
  })

  test('a task sleeps in All and in a tag until it starts, and is upcoming', () => {
    const all = { name: 'all', param: '' } as const
    const tag = { name: 'tag', param: 'home' } as const
    const upcoming = { name: 'upcoming', param: '' } as const
    const later = aTask({ start_date: '2026-11-25', tags: ['home'] })
    const timed = aTask({ start_date: '2026-11-24T11:01:00Z', tags: ['home'] })
    const started = aTask({ start_date: '2026-11-24', tags: ['home'] })
    const listed = (view: typeof all | typeof tag | typeof upcoming) =>
      [later, timed, started].map((task) => belongs(task, view, NOW, BERLIN))
    expect(listed(all)).toEqual([false, false, true])
    expect(listed(tag)).toEqual([false, false, true])
    expect(listed(upcoming)).toEqual([true, false, false])
    const soon = new Date(NOW.getTime() + 60_000)
    expect(belongs(timed, all, soon, BERLIN)).toBe(true)
    const [group] = groups([later], upcoming, NOW, BERLIN)
    expect(group?.title).toBe('Starts later')
  })

  test('a day begins where the person is, whatever the zone of the task', () => {
    const task = aTask({ start_date: '2026-11-25', timezone: 'Pacific/Kiritimati' })
    expect(sleeps(task, new Date('2026-11-24T22:59:00Z'), BERLIN)).toBe(true)
    expect(sleeps(task, new Date('2026-11-24T23:00:00Z'), BERLIN)).toBe(false)
    expect(startWords(task, NOW, BERLIN)?.text).toBe('Starts tomorrow')
  })

  test('Today has the groups Overdue and Today, and no heading for Today alone', () => {
    const late = aTask({ id: 1, due_date: '2026-11-20T08:00:00Z' })
    const now = aTask({ id: 2, due_date: '2026-11-24T16:00:00Z' })
    const titles = (tasks: (typeof late)[]) =>
      groups(tasks, { name: 'today', param: '' }, NOW, BERLIN).map(({ title }) => title)
    expect(titles([late, now])).toEqual(['Overdue', 'Today'])
    expect(titles([now])).toEqual([null])
  })
})
