import { describe, expect, test } from 'vitest'
import {
  durationMinutes,
  lengthWords,
  minutesToDuration,
  offsetShort,
  offsetWords,
} from './duration'
import { agoWords, dayTitle, dueDate, dueDateTime, dueWords, lateWords, shortDate } from './words'
import { dayNumber, startOfDay, toInstant, wallClock, weekday } from './zoned'

const BERLIN = 'Europe/Berlin'
/** Tuesday 24 November 2026, 12:00 in Berlin */
const NOW = new Date('2026-11-24T11:00:00Z')

const due = (due_date: string, all_day = false, timezone = BERLIN) => ({
  due_date,
  all_day,
  timezone,
})
const said = (due_date: string, all_day = false, timezone = BERLIN, zone = BERLIN) => {
  const words = dueWords(due(due_date, all_day, timezone), NOW, zone)
  return words && [words.text, words.tone]
}

describe('due dates in words', () => {
  test.each([
    ['2026-11-24T16:00:00Z', ['Today 17:00', 'today']],
    ['2026-11-24T07:00:00Z', ['Today 08:00', 'overdue']],
    ['2026-11-25T08:00:00Z', ['Tomorrow 09:00', 'later']],
    ['2026-11-27T08:00:00Z', ['Fri 09:00', 'later']],
    ['2026-12-01T08:00:00Z', ['1 Dec', 'later']],
    ['2027-03-14T08:00:00Z', ['14 Mar 2027', 'later']],
    ['2026-11-23T08:00:00Z', ['Yesterday', 'overdue']],
    ['2026-11-21T08:00:00Z', ['3 days ago', 'overdue']],
    ['2026-11-03T08:00:00Z', ['3 weeks ago', 'overdue']],
    ['2026-07-03T08:00:00Z', ['4 months ago', 'overdue']],
    ['2023-07-03T08:00:00Z', ['3 years ago', 'overdue']],
  ])('%s is %j', (date, expected) => expect(said(date)).toEqual(expected))

  test('an all-day date has no time and is not overdue on its day', () => {
    expect(said('2026-11-23T23:00:00Z', true)).toEqual(['Today', 'today'])
  })

  test.each(['Pacific/Kiritimati', 'America/New_York', 'Pacific/Honolulu', BERLIN])(
    'an all-day date is that date in %s',
    (zone) => {
      expect(dueWords(due('2026-12-24', true), NOW, zone)).toMatchObject({
        text: '24 Dec',
        exact: 'Thursday 24 December 2026, all day',
      })
      expect(dueDate('2026-12-24', NOW, zone)).toBe('Thu 24 Dec')
      expect(dueDateTime('2026-12-24', NOW, zone)).toBe('Thu 24 Dec')
    },
  )

  test('the midnight that older servers sent is the same date in another zone', () => {
    // 25 November in Auckland began while it was still the 24th in New York.
    expect(said('2026-11-24T11:00:00Z', true, 'Pacific/Auckland', 'America/New_York')).toEqual([
      'Tomorrow',
      'later',
    ])
  })

  test('a time is shown in the zone of the reader', () => {
    expect(said('2026-11-25T01:00:00Z', false, BERLIN, 'America/New_York')).toEqual([
      'Today 20:00',
      'today',
    ])
  })

  test('the tooltip has the full date and never an ISO string', () => {
    expect(dueWords(due('2026-11-30T08:00:00Z'), NOW, BERLIN)?.exact).toBe(
      'Monday 30 November 2026, 09:00 (Europe/Berlin)',
    )
  })

  test('without a due date there are no words', () => {
    expect(dueWords({ due_date: null, all_day: false, timezone: BERLIN }, NOW, BERLIN)).toBeNull()
  })

  test('a zone this browser does not know is read as UTC instead of failing', () => {
    expect(said('2026-11-24T16:00:00Z', false, BERLIN, 'Mars/Olympus')).toEqual([
      'Today 16:00',
      'today',
    ])
  })
})

describe('other words', () => {
  test('short dates have the year only if it is not the current one', () => {
    expect(shortDate(new Date('2026-11-30T08:00:00Z'), NOW, BERLIN)).toBe('Mon 30 Nov')
    expect(shortDate(new Date('2027-01-31T08:00:00Z'), NOW, BERLIN)).toBe('Sun 31 Jan 2027')
  })

  test('the headings of days', () => {
    const today = dayNumber(wallClock(NOW, BERLIN))
    expect([-1, 0, 1, 3].map((days) => dayTitle(today + days, NOW, BERLIN))).toEqual([
      'Yesterday',
      'Today',
      'Tomorrow · Wed 25 Nov',
      'Fri 27 Nov',
    ])
  })

  test('how long ago something happened', () => {
    const ago = (seconds: number) => agoWords(new Date(NOW.getTime() - seconds * 1000), NOW, BERLIN)
    expect([5, 60, 720, 7200, 90_000, 500_000].map(ago)).toEqual([
      'just now',
      '1 minute ago',
      '12 minutes ago',
      'Today 10:00',
      'Yesterday 11:00',
      '18 Nov, 17:06',
    ])
  })

  test('lateness is shown from one minute on', () => {
    expect([30, 60, 7200, 200_000].map(lateWords)).toEqual([
      null,
      '1 minute late',
      '2 hours late',
      '2 days late',
    ])
  })

  test.each([
    ['P1D', 1440, '1 day before', '1d'],
    ['PT1H', 60, '1 hour before', '1h'],
    ['PT0S', 0, 'When due', 'when due'],
    ['-PT9H', -540, 'At 18:00', '18:00'],
    ['PT90M', 90, '1 hour 30 minutes before', '1h 30m'],
    ['P1W', 10_080, '1 week before', '1w'],
    ['P7D', 10_080, '1 week before', '1w'],
    ['P2DT3H', 3060, '2 days 3 hours before', '51h'],
  ])('reminder %s', (iso, minutes, words, short) => {
    expect(durationMinutes(iso)).toBe(minutes)
    expect(offsetWords(iso)).toBe(words)
    expect(offsetShort(iso)).toBe(short)
  })

  test('durations convert to minutes and back', () => {
    for (const minutes of [0, 1, 59, 60, 61, 1440, 1500, 10_080, 10_081])
      expect(durationMinutes(minutesToDuration(minutes))).toBe(minutes)
    expect(durationMinutes('2026-11-30T08:00:00Z')).toBeNull()
    expect(lengthWords(20_160)).toBe('2 weeks')
  })
})

describe('wall clocks', () => {
  test('a time in a gap moves forward by the gap, a time in a fold means the first one', () => {
    const at = (day: number, month: number, hour: number) =>
      toInstant({ year: 2026, month, day, hour, minute: 30 }, BERLIN).toISOString()
    expect(at(29, 3, 2)).toBe('2026-03-29T01:30:00.000Z')
    expect(at(25, 10, 2)).toBe('2026-10-25T00:30:00.000Z')
  })

  test('a half-hour shift (Lord Howe) and a skipped day (Apia) follow the same rules', () => {
    const howe = { year: 2026, month: 10, day: 4, hour: 2, minute: 15 }
    expect(toInstant(howe, 'Australia/Lord_Howe').toISOString()).toBe('2026-10-03T15:45:00.000Z')
    const apia = { year: 2011, month: 12, day: 31, hour: 0, minute: 0 }
    expect(toInstant(apia, 'Pacific/Apia').toISOString()).toBe('2011-12-30T10:00:00.000Z')
  })

  test('the day starts at midnight in the zone of the person', () => {
    expect(startOfDay(NOW, BERLIN, 1).toISOString()).toBe('2026-11-24T23:00:00.000Z')
    expect(startOfDay(NOW, 'Pacific/Auckland').toISOString()).toBe('2026-11-24T11:00:00.000Z')
    expect(weekday(wallClock(NOW, BERLIN))).toBe(1)
  })
})
