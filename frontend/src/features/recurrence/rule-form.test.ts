import { describe, expect, test } from 'vitest'
import { emptyForm, fromRule, startingForm, toggled, toRule, type RuleForm } from './rule-form'

/** Saturday 31 January 2026, 09:00 */
const DUE = { year: 2026, month: 1, day: 31, hour: 9, minute: 0 }

const form = (change: Partial<RuleForm>): RuleForm => ({ ...emptyForm(), ...change })

describe('the recurrence form', () => {
  test.each<[string, RuleForm]>([
    ['FREQ=DAILY', form({ frequency: 'DAILY' })],
    ['FREQ=DAILY;INTERVAL=3', form({ frequency: 'DAILY', interval: 3 })],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH', form({ interval: 2, weekdays: [0, 3] })],
    ['FREQ=MONTHLY', form({ frequency: 'MONTHLY' })],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', form({ frequency: 'MONTHLY', monthDay: { on: 'last-day' } })],
    [
      'FREQ=MONTHLY;BYMONTHDAY=1,15',
      form({ frequency: 'MONTHLY', monthDay: { on: 'days', days: [1, 15] } }),
    ],
    [
      'FREQ=MONTHLY;BYDAY=-1FR',
      form({ frequency: 'MONTHLY', monthDay: { on: 'nth', n: -1, weekday: 4 } }),
    ],
    ['FREQ=YEARLY;COUNT=5', form({ frequency: 'YEARLY', end: { by: 'count', count: 5 } })],
    ['FREQ=WEEKLY;UNTIL=20261231T235959', form({ end: { by: 'date', date: '2026-12-31' } })],
  ])('%s becomes a form and the same rule again', (rule, expected) => {
    expect(fromRule(rule)).toEqual(expected)
    expect(toRule(expected)).toBe(rule)
  })

  test('reads a shorthand, a prefix, and a daily rule limited to weekdays', () => {
    expect(fromRule('monthly')).toEqual(form({ frequency: 'MONTHLY' }))
    expect(fromRule('RRULE:FREQ=DAILY')).toEqual(form({ frequency: 'DAILY' }))
    expect(fromRule('FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR')?.weekdays).toEqual([0, 1, 2, 3, 4])
  })

  test.each([
    'FREQ=DAILY;BYHOUR=9,17',
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1',
    'FREQ=MONTHLY;BYDAY=1MO,3MO',
    'FREQ=MONTHLY;BYDAY=5FR',
    'FREQ=YEARLY;BYMONTH=3',
    'FREQ=HOURLY',
    'FREQ=WEEKLY;WKST=SU',
    'FREQ=MONTHLY;BYMONTHDAY=-2',
    'FREQ=WEEKLY;COUNT=2;UNTIL=20261231',
    'nonsense',
    'FREQ=MONTHLY;RSCALE=GREGORIAN',
    'FREQ=DAILY;BYDAY=',
  ])('%s cannot be edited in the form', (rule) => {
    expect(fromRule(rule)).toBeNull()
  })
})

describe('choosing days', () => {
  test('adds a day, and removes one that was chosen', () => {
    expect(toggled([0], 3)).toEqual([0, 3])
    expect(toggled([0, 3], 0)).toEqual([3])
  })

  test('keeps the last day', () => {
    expect(toggled([3], 3)).toEqual([3])
  })

  test('a custom rule starts with every week on the weekday of the due date', () => {
    expect(toRule(startingForm(DUE))).toBe('FREQ=WEEKLY;BYDAY=SA')
  })
})
