import { describe, expect, test } from 'vitest'
import type { Delivery, ReminderRow } from '@/api/types'
import { deliveryWords, millisecondsUntilChange, reminderWords } from './reminder-log'

const BERLIN = 'Europe/Berlin'
const NOW = new Date('2026-11-24T11:00:00Z')
const PLANNED = new Date('2026-11-24T08:00:00Z')

function aDelivery(change: Partial<Delivery> = {}): Delivery {
  return {
    id: '1',
    channel: 'email',
    to: 'ann@example.org',
    state: 'sent',
    sent_at: '2026-11-24T08:00:00Z',
    acknowledged_at: null,
    attempt: 1,
    late_seconds: 0,
    next_try_at: null,
    reason: null,
    ...change,
  }
}

function aReminder(change: Partial<ReminderRow> = {}): ReminderRow {
  return {
    id: 1,
    offset: 'PT1H',
    state: 'planned',
    remind_at: '2026-11-24T11:10:00Z',
    reason: null,
    told_by: null,
    acknowledged_at: null,
    deliveries: [],
    ...change,
  }
}

describe('a delivery in words', () => {
  const unsent = { sent_at: null }
  test.each<[string, Partial<Delivery>, string]>([
    ['sent', {}, 'Sent by email to ann@example.org, 09:00:00'],
    [
      'sent late and seen',
      { late_seconds: 240, acknowledged_at: '2026-11-24T08:10:00Z', attempt: 2 },
      'Sent by email to ann@example.org, 09:00:00 · 4 minutes late · attempt 2 · seen',
    ],
    [
      'sent on another day',
      { sent_at: '2026-11-25T08:00:05Z' },
      'Sent by email to ann@example.org, Wed 25 Nov, 09:00:05',
    ],
    [
      'sent, perhaps twice',
      { reason: 'It may have arrived twice.', attempt: 2 },
      'Sent by email to ann@example.org, 09:00:00 · It may have arrived twice. · attempt 2',
    ],
    [
      'failed, and tried again',
      { ...unsent, state: 'failed', reason: 'mailbox full', next_try_at: '2026-11-24T08:05:00Z' },
      'Failed by email to ann@example.org: mailbox full · next attempt 09:05:00',
    ],
    [
      'failed for good',
      { ...unsent, state: 'failed', to: null },
      'Failed by email · no further attempt',
    ],
    ['being sent', { ...unsent, state: 'claimed', to: null }, 'Being sent by email'],
    [
      'planned',
      { ...unsent, state: 'planned', to: null, next_try_at: '2026-11-24T12:00:00Z' },
      'Planned by email · at 13:00:00',
    ],
  ])('%s', (_, change, words) =>
    expect(deliveryWords(aDelivery(change), PLANNED, NOW, BERLIN)).toBe(words),
  )

  test('the kind of a reminder', () => {
    expect(['PT1H', 'nag', 'snooze', '2026-11-24T08:00:00Z'].map(reminderWords)).toEqual([
      '1 hour before',
      'Repeated',
      'Snoozed',
      'Once',
    ])
  })
})

describe('the reminder log is fetched again', () => {
  const wait = (...reminders: ReminderRow[]) => millisecondsUntilChange(reminders, NOW.getTime())

  test('when the next planned reminder is due, at most an hour later', () => {
    expect(wait(aReminder())).toBe(600_000)
    expect(wait(aReminder({ remind_at: '2026-11-30T08:00:00Z' }))).toBe(3_600_000)
  })

  test('every two seconds while one is being sent', () => {
    expect(wait(aReminder({ state: 'fired', remind_at: '2026-11-24T11:00:00Z' }))).toBe(2_000)
    const deliveries = [aDelivery({ state: 'claimed', sent_at: null })]
    const remind_at = '2026-11-24T11:00:00Z'
    expect(wait(aReminder({ state: 'fired', remind_at, deliveries }))).toBe(2_000)
  })

  test('not at all when every delivery has ended', () => {
    expect(wait(aReminder({ state: 'fired', deliveries: [aDelivery()] }))).toBe(false)
    expect(wait()).toBe(false)
  })
})
