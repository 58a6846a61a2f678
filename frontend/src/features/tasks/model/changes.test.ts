import { describe, expect, test } from 'vitest'
import { aTask } from './task.builder'
import { insertTask, flat, mapTask, type TaskPages } from './task-pages'
import { applied, draftTask, inverse, readDue, said, type Change } from './changes'
import { belongs, groups, viewQuery } from './views'

const BERLIN = 'Europe/Berlin'
/** Tuesday 24 November 2026, 12:00 in Berlin */
const NOW = new Date('2026-11-24T11:00:00Z')
const NOTHING = { task: null, next: null }

describe('a change, before the server has agreed', () => {
  test('completing and opening again', () => {
    const done = applied(aTask(), { kind: 'complete', task: aTask() }, NOW)
    expect(done).toMatchObject({ completed: true, fate: 'done', completed_at: NOW.toISOString() })
    const open = applied(done, { kind: 'reopen', task: done }, NOW)
    expect(open).toMatchObject({ completed: false, fate: 'open', completed_at: null })
  })

  test('a local due date is read in the task’s zone', () => {
    const task = aTask({ timezone: 'America/New_York' })
    const moved = applied(
      task,
      { kind: 'edit', task, patch: { due_date: '2026-11-30T09:00:00' } },
      NOW,
    )
    expect(moved).toMatchObject({ due_date: '2026-11-30T14:00:00.000Z', all_day: false })
  })

  test('a date alone is a whole day, an instant is itself, nothing is nothing', () => {
    expect(readDue('2026-11-30', BERLIN)).toEqual({
      due_date: '2026-11-29T23:00:00.000Z',
      all_day: true,
    })
    expect(readDue('2026-11-30T08:00:00Z', BERLIN)).toEqual({
      due_date: '2026-11-30T08:00:00Z',
      all_day: false,
    })
    expect(readDue(null, BERLIN)).toEqual({ due_date: null, all_day: false })
  })

  test('a new rule has no words until the server finds them', () => {
    const task = aTask({ recurrence: 'FREQ=DAILY', recurrence_text: 'daily' })
    const edit = (recurrence: string): Change => ({ kind: 'edit', task, patch: { recurrence } })
    expect(applied(task, edit('FREQ=WEEKLY'), NOW).recurrence_text).toBeNull()
    expect(applied(task, edit('FREQ=DAILY'), NOW).recurrence_text).toBe('daily')
  })

  test('a new task is on the screen before it has an id', () => {
    const task = draftTask(
      {
        kind: 'create',
        draft: { title: 'Call Ana', due_date: '2026-11-24' },
        key: 'k',
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

  test('of an edit that moved a whole day keeps it a whole day', () => {
    const whole = aTask({ due_date: '2026-11-29T23:00:00Z', all_day: true })
    const back = inverse({ kind: 'edit', task: whole, patch: { due_date: null } }, NOTHING)
    expect(back).toMatchObject({ patch: { due_date: '2026-11-29T23:00:00Z', all_day: true } })
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

describe('what was done, in words', () => {
  test('a recurring task says when it comes back', () => {
    const outcome = { task: aTask(), next: '2026-11-30T08:00:00Z' }
    expect(said({ kind: 'complete', task: aTask() }, outcome, NOW, BERLIN)).toBe(
      'Done. Next: Mon 30 Nov.',
    )
    expect(said({ kind: 'complete', task: aTask() }, NOTHING, NOW, BERLIN)).toBe('Done.')
  })

  test('typing needs no words, moving does', () => {
    const task = aTask({ due_date: '2026-11-25T08:00:00Z' })
    const outcome = { task, next: null }
    expect(said({ kind: 'edit', task, patch: { title: 'x' } }, outcome, NOW, BERLIN)).toBeNull()
    expect(said({ kind: 'edit', task, patch: { due_date: 'x' } }, outcome, NOW, BERLIN)).toBe(
      'Due tomorrow 09:00.',
    )
  })
})

describe('the lists in the cache', () => {
  const one = aTask({ id: 1, due_date: '2026-11-24T08:00:00Z' })
  const two = aTask({ id: 2, due_date: '2026-11-26T08:00:00Z' })
  const pages = (next_cursor: string | null): TaskPages => ({
    pages: [{ items: [one, two], next_cursor }],
    pageParams: [undefined],
  })
  const ids = (list: TaskPages) => flat(list).map(({ id }) => id)

  test('a task goes where the server would list it', () => {
    const between = aTask({ id: 3, due_date: '2026-11-25T08:00:00Z' })
    expect(ids(insertTask(pages(null), between))).toEqual([1, 3, 2])
    expect(ids(insertTask(pages(null), aTask({ id: 4 })))).toEqual([1, 2, 4])
  })

  test('what belongs on a page that is not loaded yet is not shown too early', () => {
    expect(ids(insertTask(pages('more'), aTask({ id: 4 })))).toEqual([1, 2])
  })

  test('a task that is there already is replaced, not doubled', () => {
    const renamed = { ...two, title: 'New' }
    const list = insertTask(pages(null), renamed)
    expect(ids(list)).toEqual([1, 2])
    expect(flat(list)[1]?.title).toBe('New')
  })

  test('nothing to change leaves the very same object', () => {
    const list = pages(null)
    expect(mapTask(list, 99, () => null)).toBe(list)
  })
})

describe('views', () => {
  test('Today ends with the person’s day', () => {
    expect(viewQuery({ name: 'today', param: '' }, NOW, BERLIN)).toEqual({
      status: 'open',
      due_to: '2026-11-24T22:59:59.000Z',
    })
  })

  test('Today is divided into overdue and today; its own name is not repeated', () => {
    const late = aTask({ id: 1, due_date: '2026-11-20T08:00:00Z' })
    const now = aTask({ id: 2, due_date: '2026-11-24T16:00:00Z' })
    const titles = (tasks: (typeof late)[]) =>
      groups(tasks, { name: 'today', param: '' }, NOW, BERLIN).map(({ title }) => title)
    expect(titles([late, now])).toEqual(['Overdue', 'Today'])
    expect(titles([now])).toEqual([null])
  })
})
