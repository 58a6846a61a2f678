/** The three-way merge of an edit with what happened to the task meanwhile. */
import type { Task, TaskPatch } from '@/api/types'
import { applied } from './changes'

type Field = keyof TaskPatch

/** Fields that mean something only together: they are merged as one. */
const TOGETHER: readonly (readonly Field[])[] = [
  ['due_date', 'all_day', 'timezone'],
  ['recurrence', 'recurrence_mode'],
]

interface Merged {
  /** What still has to be sent. */
  patch: TaskPatch
  /** What both sides changed, to different values: a person has to choose. */
  disputed: TaskPatch
}

/** Merges an edit that was made on `base` into `theirs`, the task as the server has it now. */
export function merge(base: Task, patch: TaskPatch, theirs: Task): Merged {
  const mine = applied(base, { kind: 'edit', task: base, patch }, new Date(0))
  const merged: Merged = { patch: {}, disputed: {} }
  for (const fields of groupsOf(patch)) {
    const edited = fields.filter((field) => field in patch)
    if (fields.every((field) => same(mine[field], theirs[field]))) continue
    if (fields.every((field) => same(base[field], theirs[field]))) copy(edited, patch, merged.patch)
    else if (fields.every((field) => same(base[field], mine[field]))) continue
    else if (!mergeLists(fields, base, mine, theirs, merged.patch))
      copy(edited, patch, merged.disputed)
  }
  return merged
}

/** The edited fields, each with those that belong to it. */
function groupsOf(patch: TaskPatch): (readonly Field[])[] {
  const edited = Object.keys(patch) as Field[]
  const groups = edited.map((field) => TOGETHER.find((group) => group.includes(field)) ?? [field])
  return groups.filter(
    (group, index) => groups.findIndex((other) => other[0] === group[0]) === index,
  )
}

function copy(fields: readonly Field[], from: TaskPatch, to: TaskPatch): void {
  for (const field of fields) Object.assign(to, { [field]: from[field] })
}

/** Tags and reminders: what each side added is added, and what each removed is removed. */
function mergeLists(
  [field]: readonly Field[],
  base: Task,
  mine: Task,
  theirs: Task,
  to: TaskPatch,
): boolean {
  if (field !== 'tags' && field !== 'reminders') return false
  const [before, own, other] = [base[field], mine[field], theirs[field]]
  if (!before || !own || !other) return false
  const removed = before.filter((entry) => !own.includes(entry))
  const added = own.filter((entry) => !before.includes(entry) && !other.includes(entry))
  to[field] = [...other.filter((entry) => !removed.includes(entry)), ...added]
  return true
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

/**
 * The base of a later edit after an earlier one was answered. What the earlier one sent is now as the server stored
 * it; what others changed stays unseen, so that the merge finds it. Of a list, others may have changed a part.
 */
export function rebased(
  later: Task,
  sent: readonly (keyof Task)[],
  shown: Task,
  stored: Task,
): Task {
  const base = { ...later, id: stored.id }
  for (const field of sent)
    if (!Array.isArray(stored[field]) && same(later[field], shown[field]))
      Object.assign(base, { [field]: stored[field] })
  return base
}
