import { describe, expect, test } from 'vitest'
import { inverse, moveChange } from './changes'
import { startPatch, startWhen } from './start'
import { aTask } from './task.builder'

const BERLIN = 'Europe/Berlin'

describe('dates of a task without a time, after the person has moved to another zone', () => {
  const old = { due_date: null, timezone: 'Pacific/Honolulu' }

  test.each([
    [old, '2026-11-25T04:00:00', { due_date: '2026-11-25T04:00:00', timezone: BERLIN }],
    [{ ...old, due_date: '2026-11-24', all_day: true }, '2026-11-25', { timezone: BERLIN }],
    [{ ...old, timezone: BERLIN }, '2026-11-25', { due_date: '2026-11-25' }],
  ])('are in the new zone', (task, due, patch) => {
    expect(moveChange(aTask(task), due, BERLIN)).toMatchObject({ kind: 'edit', patch })
  })

  test('stay in the zone of a due time', () => {
    const timed = aTask({ due_date: '2026-11-24T11:00:00Z', timezone: 'Pacific/Honolulu' })
    const change = moveChange(timed, '2026-11-25T04:00:00', BERLIN)
    expect(change).toMatchObject({ patch: { due_date: '2026-11-25T04:00:00' } })
    expect(change).not.toHaveProperty('patch.timezone')
    expect(startWhen(timed, BERLIN).timezone).toBe('Pacific/Honolulu')
  })

  test('so is a start', () => {
    const when = startWhen(aTask(old), BERLIN)
    expect(when.timezone).toBe(BERLIN)
    const patch = startPatch(aTask(old), { ...when, date: '2026-11-25', time: '09:00' })
    expect(patch).toEqual({ start_date: '2026-11-25T09:00:00', timezone: BERLIN })
  })
})

test('undoing an edit of a due date restores the start that the server may have moved', () => {
  const task = aTask({ start_date: '2026-11-20T08:00:00Z' })
  const back = inverse({ kind: 'edit', task, patch: { due_date: null } }, { task, next: null })
  expect(back).toMatchObject({ patch: { start_date: '2026-11-20T08:00:00Z' } })
})
