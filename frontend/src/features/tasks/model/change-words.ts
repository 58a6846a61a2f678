/** Words for a change that waits to be saved. */
import type { Project, Task, TaskPatch } from '@/api/types'
import { dueWords } from '@/lib/words'
import { readDue, type Change } from './changes'
import { valueWords as storedWords } from './history-words'

const DONE: Record<Exclude<Change['kind'], 'edit'>, string> = {
  create: 'New task',
  complete: 'Completed',
  reopen: 'Reopened',
  skip: 'Skipped',
  postpone: 'Moved',
  place: 'Moved in the list',
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

/** What the words depend on, besides the change. */
interface Reading {
  now: Date
  zone: string
  projects: readonly Project[]
}

/** The task that a change is about, and what was done to it. */
export function changeWords(change: Change, reading: Reading) {
  if (change.kind === 'create') return { title: change.draft.title, done: DONE.create }
  const { title } = change.task
  if (change.kind !== 'edit') return { title, done: DONE[change.kind] }
  const lines = fieldWords(change.patch, change.task, reading).map((line) => clip(line))
  return { title, done: lines.join(', ') || 'Changed' }
}

/** The edited fields with their values, a line each. */
export function fieldWords(patch: TaskPatch, task: Task, reading: Reading): string[] {
  return Object.entries(FIELD).flatMap(([field, name]) => {
    if (!(field in patch)) return []
    const value = valueWords(field as keyof TaskPatch, patch, task, reading)
    return `${name}: ${value || 'none'}`
  })
}

function valueWords(
  field: keyof TaskPatch,
  patch: TaskPatch,
  task: Task,
  { now, zone, projects }: Reading,
): string {
  const value = patch[field]
  switch (field) {
    case 'project_id':
      if (!value) return 'Inbox'
      return projects.find(({ id }) => id === value)?.name ?? 'another project'
    case 'recurrence':
      // The server describes the rule that a task has; of another one only the frequency is known.
      if (task.recurrence_text && value === task.recurrence) return task.recurrence_text
      return storedWords(field, value, now, zone)
    case 'priority':
    case 'reminders':
      return storedWords(field, value, now, zone)
    case 'due_date':
    case 'start_date': {
      const due = readDue((value as string | null) ?? null, task.timezone, patch.all_day)
      return dueWords({ ...task, ...due }, now, zone)?.text ?? ''
    }
    default:
      return Array.isArray(value) ? value.join(', ') : String(value ?? '')
  }
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
