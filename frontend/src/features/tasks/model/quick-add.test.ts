import { describe, expect, test } from 'vitest'
import type { Parsed } from '@/api/types'
import { beginAlike, draftFrom, NO_CORRECTIONS, pieces } from './quick-add'

const TEXT = '🌱 water plants every monday 9:00 #home'
const PARSED: Parsed = {
  task: {
    title: '🌱 water plants',
    due_date: '2026-11-30T08:00:00Z',
    all_day: false,
    timezone: 'Europe/Berlin',
    recurrence: 'FREQ=WEEKLY;BYDAY=MO',
    recurrence_text: 'weekly on Mon',
    recurrence_mode: 'from_due',
    reminders: null,
    priority: 0,
    tags: ['home'],
  },
  // The server counts the emoji as one character.
  spans: [
    { start: 15, end: 27, kind: 'recurrence' },
    { start: 28, end: 32, kind: 'time' },
    { start: 33, end: 38, kind: 'tag' },
  ],
  occurrences: [],
}

describe('quick add', () => {
  test('cuts the text at the offsets of the server, which count an emoji as one character', () => {
    expect(pieces(TEXT, PARSED.spans, []).map(({ text, part }) => [text, part])).toEqual([
      ['🌱 water plants ', null],
      ['every monday', 'recurrence'],
      [' ', null],
      ['9:00', 'due'],
      [' ', null],
      ['#home', 'tags'],
    ])
  })

  test('turns the parse into a draft', () => {
    expect(draftFrom(TEXT, PARSED, NO_CORRECTIONS)).toEqual({
      title: '🌱 water plants',
      due_date: '2026-11-30T08:00:00Z',
      all_day: false,
      timezone: 'Europe/Berlin',
      recurrence: 'FREQ=WEEKLY;BYDAY=MO',
      recurrence_mode: 'from_due',
      tags: ['home'],
    })
  })

  test('a tag that is kept as text goes back into the title', () => {
    const draft = draftFrom(TEXT, PARSED, { ignored: ['tags'] })
    expect(draft.title).toBe('🌱 water plants #home')
    expect(draft.tags).toBeUndefined()
  })

  test('a corrected date overrides the parsed one', () => {
    const due = { due_date: '2026-12-24', all_day: true, timezone: 'Europe/Berlin' }
    expect(draftFrom(TEXT, PARSED, { ignored: [], due })).toMatchObject({
      due_date: '2026-12-24',
      all_day: true,
    })
  })

  test('without a parse the text becomes the title', () => {
    expect(draftFrom('  just this ', null, NO_CORRECTIONS)).toEqual({ title: 'just this' })
  })

  test('a recurring task keeps its first date when the date is kept as text', () => {
    expect(draftFrom(TEXT, PARSED, { ignored: ['due'] })).toMatchObject({
      title: '🌱 water plants 9:00',
      due_date: '2026-11-30T08:00:00Z',
      recurrence: 'FREQ=WEEKLY;BYDAY=MO',
    })
  })

  test('the parse of an older text is used while both texts begin alike', () => {
    expect(beginAlike('call Ana', 'call Ana tomorrow')).toBe(true)
    expect(beginAlike('call Ana tomorrow', 'call Ana')).toBe(true)
    expect(beginAlike('call Ana', 'ring Ana')).toBe(false)
  })
})
