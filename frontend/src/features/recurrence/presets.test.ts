import { describe, expect, test } from 'vitest'
import { ordinal, presetOf, presets } from './presets'

/** Saturday 31 January 2026, 09:00 */
const DUE = { year: 2026, month: 1, day: 31, hour: 9, minute: 0 }

describe('presets', () => {
  test('name the weekday and the day of the due date', () => {
    expect(presets(DUE).map(({ label }) => label)).toEqual([
      'Does not repeat',
      'Daily',
      'Every weekday',
      'Every Saturday',
      'Monthly on the 31st',
      'Yearly on 31 Jan',
    ])
  })

  test('are recognised from their rules', () => {
    for (const { key, rule } of presets(DUE)) expect(presetOf(rule, DUE)).toBe(key)
    expect(presetOf('weekly', DUE)).toBe('weekly')
    expect(presetOf('FREQ=MONTHLY;BYMONTHDAY=31', DUE)).toBe('monthly')
  })

  test('no preset matches any other rule', () => {
    expect(presetOf('FREQ=WEEKLY;BYDAY=MO', DUE)).toBeNull()
    expect(presetOf('FREQ=DAILY;INTERVAL=2', DUE)).toBeNull()
    expect(presetOf('FREQ=DAILY;COUNT=2', DUE)).toBeNull()
  })

  test('ordinal numbers get the right ending', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map(ordinal).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st',
    )
  })
})
