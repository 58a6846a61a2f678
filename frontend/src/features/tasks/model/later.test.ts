import { describe, expect, test } from 'vitest'
import { laterChoices } from './later'
import { aTask } from './task.builder'

const BERLIN = 'Europe/Berlin'
/** Tuesday 24 November 2026, 12:00 in Berlin */
const NOW = new Date('2026-11-24T11:00:00Z')

const dues = (task: Parameters<typeof aTask>[0], now = NOW, zone = BERLIN) =>
  Object.fromEntries(laterChoices(aTask(task), now, zone).map(({ label, due }) => [label, due]))

describe('moving a task to later', () => {
  test('keeps its time on another day', () => {
    expect(dues({ due_date: '2026-11-20T08:30:00Z' })).toEqual({
      'In an hour': '2026-11-24T13:00:00',
      'This evening': '2026-11-24T18:00:00',
      Tomorrow: '2026-11-25T09:30:00',
      'This weekend': '2026-11-28T09:30:00',
      'Next week': '2026-11-30T09:30:00',
    })
  })

  test('keeps an all-day date all day', () => {
    const task = { due_date: '2026-11-19T23:00:00Z', all_day: true }
    expect(dues(task)).toMatchObject({ Tomorrow: '2026-11-25', 'Next week': '2026-11-30' })
  })

  test('is in the zone of the person if the task has no time', () => {
    // Wednesday, 03:00 in Kiritimati
    const undated = { due_date: null, timezone: 'Pacific/Honolulu' }
    const dates = dues(undated, new Date('2026-11-24T13:00:00Z'), 'Pacific/Kiritimati')
    expect(dates).toMatchObject({
      'In an hour': '2026-11-25T04:00:00',
      Tomorrow: '2026-11-26',
    })
  })

  test('offers this evening until 17:00', () => {
    expect(dues({}, new Date('2026-11-24T15:59:00Z'))).toHaveProperty('This evening')
    expect(dues({}, new Date('2026-11-24T16:00:00Z'))).not.toHaveProperty('This evening')
  })

  test('offers this weekend until Thursday', () => {
    expect(dues({}, new Date('2026-11-26T11:00:00Z'))).toHaveProperty('This weekend')
    expect(dues({}, new Date('2026-11-27T11:00:00Z'))).not.toHaveProperty('This weekend')
  })

  test('uses the days of the task’s time zone, and shows hours in the reader’s', () => {
    const late = new Date('2026-11-24T23:30:00Z')
    const timed = { due_date: '2026-11-24T23:00:00Z' }
    const [inAnHour] = laterChoices(aTask(timed), late, 'America/New_York')
    expect(inAnHour).toEqual({ label: 'In an hour', hint: '19:30', due: '2026-11-25T01:30:00' })
    expect(dues(timed, late, 'America/New_York')).toMatchObject({ Tomorrow: '2026-11-26T00:00:00' })
  })
})
