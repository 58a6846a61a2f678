/** What a person can decide about a change that the server did not take as it was. */
import { changes as api } from '@/api/changes'
import { Problem, sentence } from '@/api/problem'
import type { TaskDraft } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { newKey } from '@/lib/new-key'
import { applied } from '../../model/changes'
import { newTempId, subject, type OutboxRow } from '../rows'
import type { Outbox } from './outbox'

export type Answer = 'mine' | 'both' | 'restore' | 'add' | 'inbox'

export function give(outbox: Outbox, row: OutboxRow, answer: Answer): Promise<void> {
  switch (answer) {
    case 'mine':
      return keepMine(outbox, row)
    case 'both':
      return keepBoth(outbox, row)
    case 'restore':
      return restoreWith(outbox, row)
    case 'add':
      return addAnew(outbox, row)
    case 'inbox':
      return addToInbox(outbox, row)
  }
}

/** Saves this version over the one of the server. */
async function keepMine(outbox: Outbox, row: OutboxRow): Promise<void> {
  const { change, theirs } = row
  if (change.kind !== 'edit' || !theirs) return
  await outbox.replace(row, again({ ...row, change: { ...change, task: theirs } }))
  await outbox.drain()
}

/** Keeps both notes, one below the other. */
async function keepBoth(outbox: Outbox, row: OutboxRow): Promise<void> {
  const { change, theirs } = row
  if (change.kind !== 'edit' || !theirs) return
  const description = [theirs.description, change.patch.description].filter(Boolean).join('\n\n')
  const patch = { ...change.patch, description }
  await keepMine(outbox, { ...row, change: { ...change, patch } })
}

/** Takes the task out of the trash, with this change. */
async function restoreWith(outbox: Outbox, row: OutboxRow): Promise<void> {
  try {
    await api.restoreTask(subject(row.change), { key: `${row.key}-restore` })
  } catch (error) {
    if (error instanceof Problem && error.status === 404)
      await outbox.replace(row, { ...row, theirs: null })
    return toast.error(sentence(error))
  }
  await outbox.replace(row, again(row))
  await outbox.drain()
}

/** Adds a task like the one that is gone, with this change. */
async function addAnew(outbox: Outbox, row: OutboxRow): Promise<void> {
  if (row.change.kind !== 'edit') return
  const task = applied(row.change.task, row.change, new Date())
  const draft: TaskDraft = {
    title: task.title,
    description: task.description,
    due_date: task.due_date,
    all_day: task.due_date === null ? undefined : task.all_day,
    start_date: task.start_date,
    timezone: task.timezone,
    recurrence: task.recurrence,
    recurrence_mode: task.recurrence_mode,
    reminders: task.reminders,
    priority: task.priority,
    tags: task.tags,
    project_id: task.project_id,
  }
  await outbox.send({ kind: 'create', draft, tempId: newTempId() })
  await outbox.discard(row)
}

/** Adds a new task, whose project takes none, without a project. */
async function addToInbox(outbox: Outbox, row: OutboxRow): Promise<void> {
  const { change } = row
  if (change.kind !== 'create') return
  const draft = { ...change.draft, project_id: null }
  await outbox.replace(row, again({ ...row, change: { ...change, draft } }))
  await outbox.drain()
}

/** The row as a new request. */
function again(row: OutboxRow): OutboxRow {
  return { ...row, key: newKey(), state: 'waiting', reason: null, theirs: undefined }
}
