/** How an answer of the server changes the rows of the outbox. Pure functions, run inside one transaction. */
import type { Task, TaskPatch } from '@/api/types'
import { newKey } from '@/lib/new-key'
import { applied, draftTask, type Change, type Outcome } from '../../model/changes'
import { rebased } from '../../model/merge'
import { subject, type OutboxRow } from '../rows'

export function newRow(user: string, change: Change): OutboxRow {
  const at = Date.now()
  return { key: newKey(), seq: at * 1000, user, change, at, state: 'waiting', reason: null }
}

type Edit = Extract<Change, { kind: 'edit' }>

/** A completion that waited longer than this is sent with its own time. */
const OWN_TIME_AFTER = 60_000

/** The row with what its first try decides. */
export function begun(row: OutboxRow, rows: readonly OutboxRow[]): OutboxRow {
  if (row.change.kind === 'edit') {
    const change = asked(row.change, rows)
    return change === row.change ? row : { ...row, change }
  }
  if (row.change.kind !== 'complete' || row.completedAt !== undefined) return row
  const late = Date.now() - row.at > OWN_TIME_AFTER
  return { ...row, completedAt: late ? new Date(row.at).toISOString() : null }
}

/** The edit, on the base of an open question about the same fields: it must not answer that question. */
function asked(edit: Edit, rows: readonly OutboxRow[]): Edit {
  const question = rows.find(
    ({ state, change }) => state === 'disputed' && subject(change) === subject(edit),
  )?.change
  if (question?.kind !== 'edit') return edit
  const fields = Object.keys(edit.patch).filter((field) => field in question.patch)
  if (fields.length === 0) return edit
  const base = fields.map((field) => [field, question.task[field as keyof Task]])
  const { version } = question.task
  return { ...edit, task: { ...edit.task, ...Object.fromEntries(base), version } }
}

/** The rows with `next` in the place of the row with that key. */
export function replaced(rows: readonly OutboxRow[], next: OutboxRow, key = next.key): OutboxRow[] {
  return rows.map((row) => (row.key === key ? next : row))
}

/** The server has the change: later changes of the same task are now based on what it stored. */
export function afterAnswer(
  rows: readonly OutboxRow[],
  row: OutboxRow,
  { outcome: { task: stored }, sent }: { outcome: Outcome; sent?: TaskPatch },
  zone: string,
): OutboxRow[] {
  const { change } = row
  const rest = rows.filter(({ key }) => key !== row.key)
  if (!stored) return rest
  const now = new Date(row.at)
  const shown =
    change.kind === 'create' ? draftTask(change, zone, now) : applied(change.task, change, now)
  const fields = sentFields(change, stored, sent)
  return rest.map((other) => {
    const later = change.kind === 'create' ? placedBy(other, change.tempId, stored.id) : other
    if (subject(later.change) !== subject(change) || later.change.kind === 'create') return later
    const task = rebased(later.change.task, fields, shown, stored)
    return { ...later, change: { ...later.change, task } }
  })
}

/** The row, with the id of the created task if it puts another one behind it. */
function placedBy(row: OutboxRow, tempId: number, id: number): OutboxRow {
  const { change } = row
  if (change.kind !== 'place' || ![change.after, change.before].includes(tempId)) return row
  const named = (place: number | null) => (place === tempId ? id : place)
  return {
    ...row,
    change: { ...change, after: named(change.after), before: named(change.before) },
  }
}

function sentFields(change: Change, stored: Task, sent?: TaskPatch): (keyof Task)[] {
  if (change.kind === 'create') return Object.keys(stored) as (keyof Task)[]
  if (change.kind === 'postpone') return ['due_date', 'all_day', 'start_date']
  const fields = Object.keys(sent ?? {}) as (keyof Task)[]
  return fields.includes('due_date') ? [...fields, 'all_day'] : fields
}

/** The waiting rows of the tasks that have a reason wait for that. */
export function postponed(
  rows: readonly OutboxRow[],
  reasonOf: (task: number) => string | undefined,
): OutboxRow[] {
  return rows.map((row) => {
    const reason = row.state === 'waiting' && reasonOf(subject(row.change))
    return reason ? { ...row, reason } : row
  })
}

/** A person has to decide about the row. What they typed later about the same task joins it. */
export function disputed(
  rows: readonly OutboxRow[],
  row: OutboxRow,
  found:
    | { kind: 'disputed'; disputed: TaskPatch; theirs: Task }
    | { kind: 'deleted'; theirs: Task | null },
): OutboxRow[] {
  const { change } = row
  if (change.kind !== 'edit') return [...rows]
  const patch = found.kind === 'disputed' ? found.disputed : change.patch
  const earlier = rows.find(
    (other) => other.state === found.kind && subject(other.change) === subject(change),
  )
  if (earlier?.change.kind === 'edit') {
    const both = { ...earlier.change.patch, ...patch }
    return rows
      .filter(({ key }) => key !== row.key)
      .map((other) =>
        other === earlier ? { ...withPatch(earlier, both), theirs: found.theirs } : other,
      )
  }
  return rows.map((other) =>
    other.key === row.key
      ? { ...withPatch(row, patch), state: found.kind, reason: null, theirs: found.theirs }
      : other,
  )
}

function withPatch(row: OutboxRow, patch: TaskPatch): OutboxRow {
  return row.change.kind === 'edit' ? { ...row, change: { ...row.change, patch } } : row
}

/** Whether somebody typed what this change has. */
export function hasText(change: Change): boolean {
  if (change.kind === 'create') return true
  return change.kind === 'edit' && ('title' in change.patch || 'description' in change.patch)
}
