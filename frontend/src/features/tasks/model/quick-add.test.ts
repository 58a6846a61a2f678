import { describe, expect, test } from 'vitest'
import type { Parsed } from '@/api/types'
import {
  beginAlike,
  draftFrom,
  isDayFirst,
  newProjectName,
  NO_CORRECTIONS,
  pieces,
  unclearWords,
  type Part,
} from './quick-add'

const TEXT = '🌱 water plants every monday 9:00 #home'
const PARSED: Parsed = {
  task: {
    title: '🌱 water plants',
    due_date: '2026-11-30T08:00:00Z',
    start_date: null,
    all_day: false,
    timezone: 'Europe/Berlin',
    recurrence: 'FREQ=WEEKLY;BYDAY=MO',
    recurrence_text: 'weekly on Mon',
    recurrence_mode: 'from_due',
    reminders: null,
    priority: 0,
    tags: ['home'],
    project_id: null,
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

  test('a named project is in the draft, also the Inbox, unless it is kept as text', () => {
    const filed = (project_id: number | null, ignored: readonly Part[] = []) => {
      const span = { start: 5, end: 10, kind: 'project' } as const
      const task = { ...PARSED.task, title: 'call', due_date: null, tags: [], project_id }
      const parsed = { ...PARSED, task, spans: [span] }
      return draftFrom('call +Work', parsed, { ignored })
    }
    expect(filed(7)).toEqual({ title: 'call', project_id: 7 })
    expect(filed(null)).toEqual({ title: 'call', project_id: null })
    expect(filed(7, ['project'])).toEqual({ title: 'call +Work' })
    expect(draftFrom(TEXT, PARSED, NO_CORRECTIONS)).not.toHaveProperty('project_id')
  })

  test('only unclear words with a plus name a new project', () => {
    expect([newProjectName('+Garden'), newProjectName('every few days')]).toEqual(['Garden', null])
  })

  test('a start date can be kept as text too', () => {
    const text = 'call from monday'
    const start = '2026-11-30'
    const task = {
      ...PARSED.task,
      title: 'call',
      due_date: null,
      recurrence: null,
      tags: [],
      start_date: start,
    }
    const parsed: Parsed = { ...PARSED, task, spans: [{ start: 5, end: 16, kind: 'start' }] }
    expect(draftFrom(text, parsed, NO_CORRECTIONS)).toEqual({ title: 'call', start_date: start })
    expect(draftFrom(text, parsed, { ignored: ['start'] })).toEqual({ title: text })
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

  test('words that are not understood are shown and stay in the title', () => {
    const text = 'bins every tuesday except dec 29'
    const spans: Parsed['spans'] = [
      { start: 5, end: 18, kind: 'recurrence' },
      { start: 19, end: 32, kind: 'unclear' },
    ]
    const parsed: Parsed = {
      ...PARSED,
      task: { ...PARSED.task, title: 'bins except dec 29' },
      spans,
    }
    expect(unclearWords(text, spans)).toEqual(['except dec 29'])
    expect(draftFrom(text, parsed, { ignored: ['tags'] }).title).toBe('bins except dec 29')
  })

  test('a reminder at a moment is kept without a due date', () => {
    const task = { ...PARSED.task, due_date: null, recurrence: null, tags: [] }
    const reminders = ['PT1H', '2026-11-30T08:00:00Z']
    const parsed: Parsed = { ...PARSED, task: { ...task, reminders } }
    expect(draftFrom(TEXT, parsed, NO_CORRECTIONS).reminders).toEqual(['2026-11-30T08:00:00Z'])
  })

  test('the order of day and month follows the language of the browser', () => {
    expect(['en-US', 'en-GB', 'de', 'ja'].map(isDayFirst)).toEqual([false, true, true, false])
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
