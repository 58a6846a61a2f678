import type { Parsed, RecurrenceMode, Span, TaskDraft } from '@/api/types'

/** From typed text and its parse to a draft, with what the person corrected on top. */

export type Part = 'due' | 'recurrence' | 'reminders' | 'priority' | 'tags'

export interface Corrections {
  /** Read as plain words after all: they go back into the title. */
  ignored: readonly Part[]
  due?: { due_date: string | null; all_day: boolean; timezone: string }
  recurrence?: { rule: string | null; mode: RecurrenceMode }
}

export const NO_CORRECTIONS: Corrections = { ignored: [] }

export function partOf(kind: string): Part {
  if (/^rec|repeat|rule|until|count/.test(kind)) return 'recurrence'
  if (/^rem/.test(kind)) return 'reminders'
  if (/^prio/.test(kind)) return 'priority'
  if (/tag|label|project/.test(kind)) return 'tags'
  return 'due'
}

export interface Piece {
  text: string
  part: Part | null
}

/** The text cut at its spans. Offsets count characters as the server does: an emoji is one. */
export function pieces(text: string, spans: readonly Span[], ignored: readonly Part[]): Piece[] {
  const letters = [...text]
  const result: Piece[] = []
  let at = 0
  const push = (end: number, part: Part | null) => {
    if (end > at) result.push({ text: letters.slice(at, end).join(''), part })
    at = Math.max(at, end)
  }
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const part = partOf(span.kind)
    if (span.start < at || ignored.includes(part)) continue
    push(Math.min(span.start, letters.length), null)
    push(Math.min(span.end, letters.length), part)
  }
  push(letters.length, null)
  return result
}

export function draftFrom(
  text: string,
  parsed: Parsed | null,
  corrections: Corrections,
): TaskDraft {
  if (!parsed) return { title: text.trim() }
  const { task, spans } = parsed
  const { ignored } = corrections
  const has = (part: Part) => !ignored.includes(part)
  const title = ignored.length
    ? pieces(text, spans, ignored)
        .filter(({ part }) => part === null)
        .map((piece) => piece.text)
        .join('')
        .replace(/\s+/g, ' ')
        .trim()
    : task.title
  const due = corrections.due ?? {
    due_date: has('due') || (task.recurrence && has('recurrence')) ? task.due_date : null,
    all_day: task.all_day,
    timezone: task.timezone,
  }
  const recurrence =
    corrections.recurrence ??
    (has('recurrence') && task.recurrence
      ? { rule: task.recurrence, mode: task.recurrence_mode }
      : { rule: null, mode: task.recurrence_mode })

  const draft: TaskDraft = { title: title || text.trim() }
  if (due.due_date) {
    draft.due_date = due.due_date
    draft.all_day = due.all_day
    draft.timezone = due.timezone
    if (recurrence.rule) {
      draft.recurrence = recurrence.rule
      draft.recurrence_mode = recurrence.mode
    }
    // Without any given the server adds the person's own defaults.
    if (has('reminders') && task.reminders?.length) draft.reminders = task.reminders
  }
  if (has('priority') && task.priority) draft.priority = task.priority
  if (has('tags') && task.tags.length) draft.tags = task.tags
  return draft
}
