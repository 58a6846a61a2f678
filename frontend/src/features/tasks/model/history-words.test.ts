import { describe, expect, test } from 'vitest'
import type { HistoryEntry } from '@/api/types'
import { actorWords, changeWords, eventWords } from './history-words'

const BERLIN = 'Europe/Berlin'
const NOW = new Date('2026-11-24T11:00:00Z')

function anEntry(event_type: string, changes: HistoryEntry['changes'] = {}): HistoryEntry {
  return {
    id: 1,
    event_type,
    at: '2026-11-24T10:00:00Z',
    actor: { kind: 'person', name: null },
    conversation_id: null,
    batch_id: null,
    changes,
  }
}

describe('the history in words', () => {
  test.each<[string, HistoryEntry['changes'], string]>([
    ['task_created', {}, 'added it'],
    ['task_completed', { status: ['open', 'done'] }, 'completed it'],
    ['task_completed', { status: ['open', 'skipped'] }, 'skipped it'],
    ['task_updated', { status: ['open', 'missed'] }, 'marked it as missed'],
    ['task_updated', { status: ['done', 'open'], completed_at: ['x', null] }, 'reopened it'],
    ['task_updated', { fate: ['done', 'open'] }, 'reopened it'],
    ['task_deleted', { deleted_at: [null, 'x'] }, 'moved it to the trash'],
    ['task_updated', { deleted_at: ['x', null] }, 'restored it'],
    ['task_updated', { title: ['a', 'b'] }, 'changed it'],
    ['reminder_due', {}, 'sent a reminder'],
  ])('%s with %j is “%s”', (event, changes, words) =>
    expect(eventWords(anEntry(event, changes))).toBe(words),
  )

  test('names who made the change', () => {
    const words = (kind: HistoryEntry['actor']['kind'], name: string | null = null) =>
      actorWords({ kind, name })
    expect(words('person')).toBe('You')
    expect(words('token', 'my script')).toBe('The token “my script”')
    expect(words('token')).toBe('An access token')
    expect(words('chat')).toBe('The chat')
    expect(words('client', 'Claude')).toBe('“Claude”')
    expect(words('system')).toBe('Todo')
  })

  test('shows the fields a person can set, before and after', () => {
    const entry = anEntry('task_updated', {
      due_date: [null, '2026-11-30T08:00:00Z'],
      start_date: ['2026-11-29', '2026-11-29T08:00:00Z'],
      recurrence: ['FREQ=DAILY', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'],
      recurrence_mode: ['from_due', 'from_completion'],
      priority: [0, 1],
      tags: [[], ['home', 'garden']],
      reminders: [['PT1H'], []],
      all_day: [false, true],
      status: ['done', 'open'],
    })
    expect(changeWords(entry, NOW, BERLIN).map(({ field, from, to }) => [field, from, to])).toEqual(
      [
        ['due date', 'none', 'Mon 30 Nov, 09:00'],
        ['start date', 'Sun 29 Nov', 'Sun 29 Nov, 09:00'],
        ['repeat', 'every day', 'every 2 weeks'],
        ['next date counts from', 'due date', 'completion'],
        ['priority', 'none', 'high'],
        ['tags', 'none', '#home #garden'],
        ['reminders', '1 hour before', 'none'],
        ['all day', 'no', 'yes'],
      ],
    )
  })

  test('a new task shows no single fields', () => {
    expect(changeWords(anEntry('task_created', { title: [null, 'a'] }), NOW, BERLIN)).toEqual([])
  })
})
