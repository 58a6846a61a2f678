import type { Parsed, RecurrenceMode, Span, TaskDraft } from '@/api/types'

/** Turns the typed text and its parse into a draft. Corrections by the person override the parse. */

export type Part = 'due' | 'start' | 'recurrence' | 'reminders' | 'priority' | 'tags' | 'project'

export interface Corrections {
  /** Parts that are kept as text: their words go back into the title. */
  ignored: readonly Part[]
  due?: { due_date: string | null; all_day: boolean; timezone: string }
  recurrence?: { rule: string | null; mode: RecurrenceMode }
}

export const NO_CORRECTIONS: Corrections = { ignored: [] }

const PART: Record<Exclude<Span['kind'], 'unclear'>, Part> = {
  date: 'due',
  time: 'due',
  start: 'start',
  recurrence: 'recurrence',
  reminder: 'reminders',
  priority: 'priority',
  tag: 'tags',
  project: 'project',
}

interface Piece {
  text: string
  part: Part | null
  /** Looks like a date or a rule, but is not understood as a whole: it stays in the title. */
  unclear?: boolean
}

/** Cuts the text at its spans. Offsets count code points, as the server does: an emoji is one. */
export function pieces(text: string, spans: readonly Span[], ignored: readonly Part[]): Piece[] {
  const letters = [...text]
  const result: Piece[] = []
  let at = 0
  const push = (end: number, part: Part | null, unclear = false) => {
    const text = letters.slice(at, end).join('')
    if (end > at) result.push(unclear ? { text, part, unclear } : { text, part })
    at = Math.max(at, end)
  }
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const part = span.kind === 'unclear' ? null : PART[span.kind]
    if (span.start < at || (part && ignored.includes(part))) continue
    push(Math.min(span.start, letters.length), null)
    push(Math.min(span.end, letters.length), part, part === null)
  }
  push(letters.length, null)
  return result
}

/** The words that look like a date or a rule, but are not understood. */
export function unclearWords(text: string, spans: readonly Span[]): string[] {
  return pieces(text, spans, [])
    .filter((piece) => piece.unclear)
    .map((piece) => piece.text)
}

/** The name after the plus, if unclear words look like a project that does not exist. */
export function newProjectName(words: string): string | null {
  return words.startsWith('+') ? words.slice(1) : null
}

/** Whether a person who uses this language writes 3/4 for 3 April. */
export function isDayFirst(language: string): boolean {
  const parts = new Intl.DateTimeFormat(language).formatToParts(0).map(({ type }) => type)
  return parts.indexOf('day') < parts.indexOf('month')
}

/** Whether the parse of an older text still fits: its spans are right as long as both texts begin alike. */
export function beginAlike(parsedText: string, text: string): boolean {
  const shorter = Math.min(parsedText.length, text.length)
  return parsedText.slice(0, shorter) === text.slice(0, shorter)
}

export function draftFrom(
  text: string,
  parsed: Parsed | null,
  corrections: Corrections,
): TaskDraft {
  if (!parsed) return { title: text.trim() }
  const { task, spans } = parsed
  const has = (part: Part) => !corrections.ignored.includes(part)
  const draft: TaskDraft = { title: titleOf(text, parsed, corrections) || text.trim() }
  const due = dueOf(parsed, corrections)
  if (due.due_date) {
    Object.assign(draft, due)
    const recurrence = recurrenceOf(parsed, corrections)
    if (recurrence.rule) {
      draft.recurrence = recurrence.rule
      draft.recurrence_mode = recurrence.mode
    }
    // Without reminders in the draft, the server adds the person's default reminders.
    if (has('reminders') && task.reminders?.length) draft.reminders = task.reminders
  } else if (has('reminders')) {
    // Without a due date only moments remain, such as "remind me in 10 minutes".
    const moments = task.reminders?.filter((spec) => !/^-?P/.test(spec))
    if (moments?.length) draft.reminders = moments
  }
  if (has('start') && task.start_date) draft.start_date = task.start_date
  if (has('priority') && task.priority) draft.priority = task.priority
  if (has('tags') && task.tags.length) draft.tags = task.tags
  // Null is the Inbox, which overrides the project of the page.
  if (has('project') && spans.some(({ kind }) => kind === 'project'))
    draft.project_id = task.project_id
  return draft
}

function titleOf(text: string, { task, spans }: Parsed, { ignored }: Corrections): string {
  if (ignored.length === 0) return task.title
  return pieces(text, spans, ignored)
    .filter(({ part }) => part === null)
    .map((piece) => piece.text)
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
}

function dueOf({ task }: Parsed, { due, ignored }: Corrections): NonNullable<Corrections['due']> {
  if (due) return due
  // A recurring task needs its first date, even when the words of the date are kept as text.
  const needed = task.recurrence && !ignored.includes('recurrence')
  return {
    due_date: needed || !ignored.includes('due') ? task.due_date : null,
    all_day: task.all_day,
    timezone: task.timezone,
  }
}

function recurrenceOf(
  { task }: Parsed,
  { recurrence, ignored }: Corrections,
): NonNullable<Corrections['recurrence']> {
  if (recurrence) return recurrence
  const rule = ignored.includes('recurrence') ? null : task.recurrence
  return { rule, mode: task.recurrence_mode }
}
