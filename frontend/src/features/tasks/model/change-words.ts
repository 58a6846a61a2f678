/** Words for a change that waits to be saved. */
import type { Task, TaskPatch } from '@/api/types'
import { dueWords } from '@/lib/words'
import { readDue, type Change } from './changes'

const DONE: Record<Exclude<Change['kind'], 'edit'>, string> = {
  create: 'New task',
  complete: 'Completed',
  reopen: 'Reopened',
  skip: 'Skipped',
  postpone: 'Moved',
  place: 'Moved in its list',
  delete: 'Deleted',
  restore: 'Restored',
}

const FIELD: Partial<Record<keyof TaskPatch, string>> = {
  title: 'Title',
  description: 'Notes',
  due_date: 'Due date',
  start_date: 'Start date',
  recurrence: 'Repetition',
  reminders: 'Reminders',
  priority: 'Priority',
  tags: 'Tags',
  project_id: 'Project',
}

/** The task that a change is about, and what was done to it. */
export function changeWords(change: Change, now: Date, zone: string) {
  if (change.kind === 'create') return { title: change.draft.title, done: DONE.create }
  const { title } = change.task
  if (change.kind !== 'edit') return { title, done: DONE[change.kind] }
  const lines = fieldWords(change.patch, change.task, now, zone).map((line) => clip(line))
  return { title, done: lines.join(', ') || 'Changed' }
}

/** The edited fields with their values, a line each. */
export function fieldWords(patch: TaskPatch, task: Task, now: Date, zone: string): string[] {
  return Object.entries(FIELD).flatMap(([field, name]) => {
    if (!(field in patch)) return []
    const value = valueWords(field as keyof TaskPatch, patch, task, now, zone)
    return `${name}: ${value || 'none'}`
  })
}

function valueWords(
  field: keyof TaskPatch,
  patch: TaskPatch,
  task: Task,
  now: Date,
  zone: string,
): string {
  if (field === 'project_id') return patch.project_id ? 'another one' : 'Inbox'
  const value = patch[field]
  if (Array.isArray(value)) return value.join(', ')
  if (field !== 'due_date' && field !== 'start_date') return String(value ?? '')
  const due = readDue((value as string | null) ?? null, task.timezone, patch.all_day)
  return dueWords({ ...task, ...due }, now, zone)?.text ?? ''
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
