import { describe, expect, test } from 'vitest'
import { emptyForm, fromRule, ordinal, presetOf, presets, toRule, type RuleForm } from './model'

/** Saturday 31 January 2026, 09:00 */
const DUE = { year: 2026, month: 1, day: 31, hour: 9, minute: 0 }

const form = (change: Partial<RuleForm>): RuleForm => ({ ...emptyForm(), ...change })

describe('the form and the rule', () => {
  test.each<[string, RuleForm]>([
    ['FREQ=DAILY', form({ frequency: 'DAILY' })],
    ['FREQ=DAILY;INTERVAL=3', form({ frequency: 'DAILY', interval: 3 })],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH', form({ interval: 2, weekdays: [0, 3] })],
    ['FREQ=MONTHLY', form({ frequency: 'MONTHLY' })],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', form({ frequency: 'MONTHLY', monthly: { on: 'last-day' } })],
    [
      'FREQ=MONTHLY;BYMONTHDAY=1,15',
      form({ frequency: 'MONTHLY', monthly: { on: 'days', days: [1, 15] } }),
    ],
    [
      'FREQ=MONTHLY;BYDAY=-1FR',
      form({ frequency: 'MONTHLY', monthly: { on: 'nth', n: -1, weekday: 4 } }),
    ],
    ['FREQ=YEARLY;COUNT=5', form({ frequency: 'YEARLY', ends: { by: 'count', count: 5 } })],
    ['FREQ=WEEKLY;UNTIL=20261231T235959', form({ ends: { by: 'date', date: '2026-12-31' } })],
  ])('%s there and back', (rule, expected) => {
    expect(fromRule(rule)).toEqual(expected)
    expect(toRule(expected)).toBe(rule)
  })

  test('shorthand, prefix, and weekdays said as days', () => {
    expect(fromRule('monthly')).toEqual(form({ frequency: 'MONTHLY' }))
    expect(fromRule('RRULE:FREQ=DAILY')).toEqual(form({ frequency: 'DAILY' }))
    expect(fromRule('FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR')?.weekdays).toEqual([0, 1, 2, 3, 4])
  })

  test.each([
    'FREQ=DAILY;BYHOUR=9,17',
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1',
    'FREQ=MONTHLY;BYDAY=1MO,3MO',
    'FREQ=YEARLY;BYMONTH=3',
    'FREQ=HOURLY',
    'FREQ=WEEKLY;WKST=SU',
    'FREQ=MONTHLY;BYMONTHDAY=-2',
    'FREQ=WEEKLY;COUNT=2;UNTIL=20261231',
    'nonsense',
  ])('%s is richer than the form, and therefore left alone', (rule) => {
    expect(fromRule(rule)).toBeNull()
  })
})

describe('presets', () => {
  test('speak of this due date', () => {
    expect(presets(DUE).map(({ label }) => label)).toEqual([
      'Does not repeat',
      'Daily',
      'Weekdays',
      'Weekly on Sat',
      'Monthly on the 31st',
      'Yearly on 31 Jan',
    ])
  })

  test('are recognised again', () => {
    for (const { key, rule } of presets(DUE)) expect(presetOf(rule, DUE)).toBe(key)
    expect(presetOf('weekly', DUE)).toBe('weekly')
    expect(presetOf('FREQ=MONTHLY;BYMONTHDAY=31', DUE)).toBe('monthly')
  })

  test('anything else is custom', () => {
    expect(presetOf('FREQ=WEEKLY;BYDAY=MO', DUE)).toBeNull()
    expect(presetOf('FREQ=DAILY;INTERVAL=2', DUE)).toBeNull()
    expect(presetOf('FREQ=DAILY;COUNT=2', DUE)).toBeNull()
  })

  test('ordinals', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map(ordinal).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st',
    )
  })
})
