/** Every change of a task as a value. It can be applied to a task, sent to the server, and turned into its inverse. */
import type { ChangeApi, SendOptions } from '@/api/change-endpoints'
import type { Task, TaskDraft, TaskPatch } from '@/api/types'
import { dueDate, dueWords, type Due } from '@/lib/words'
import { dateField, dueClock, parseDateField, toInstant } from '@/lib/zoned'
import { whenOf } from './due'
import { inSentence, startWords } from './start'

export type Change =
  | { kind: 'create'; draft: TaskDraft; tempId: number }
  | { kind: 'complete'; task: Task }
  | { kind: 'reopen'; task: Task }
  | { kind: 'skip'; task: Task }
  | { kind: 'edit'; task: Task; patch: TaskPatch }
  | { kind: 'postpone'; task: Task; due: string; timezone: string; allowPast?: boolean }
  /** Puts the task behind another one in its list; `before` is the one that it stands behind now. */
  | { kind: 'place'; task: Task; after: number | null; before: number | null }
  | { kind: 'delete'; task: Task }
  | { kind: 'restore'; task: Task }

export interface Outcome {
  task: Task | null
  /** When the next occurrence of a completed or skipped task is due. */
  next: string | null
}

/** Sends the change. */
export async function perform(
  api: ChangeApi,
  change: Change,
  options: SendOptions,
): Promise<Outcome> {
  switch (change.kind) {
    case 'create':
      return { task: await api.createTask(change.draft, options), next: null }
    case 'complete': {
      const task = await api.completeTask(change.task.id, options)
      return { task, next: task.next_due_date ?? null }
    }
    case 'skip': {
      const task = await api.skipTask(change.task.id, options)
      return { task, next: task.next_due_date ?? null }
    }
    case 'reopen':
      return { task: await api.reopenTask(change.task.id, options), next: null }
    case 'edit':
      return { task: await api.patchTask(change.task.id, change.patch, options), next: null }
    case 'postpone': {
      const { task, due, allowPast = false } = change
      return { task: await api.postponeTask(task.id, due, allowPast, options), next: null }
    }
    case 'place':
      return { task: await api.placeTask(change.task.id, change.after, options), next: null }
    case 'delete':
      await api.deleteTask(change.task.id, options)
      return { task: null, next: null }
    case 'restore':
      return { task: await api.restoreTask(change.task.id, options), next: null }
  }
}

/** Turns a due date as it is sent ("2026-11-30", "2026-11-30T09:00:00" or an instant) into the form the API answers. */
export function readDue(
  due: string | null,
  timezone: string,
  allDay = false,
): Pick<Due, 'due_date' | 'all_day'> {
  if (due === null) return { due_date: null, all_day: false }
  const date = parseDateField(due)
  const isInstant = /(Z|[+-]\d\d:\d\d)$/.test(due)
  if (allDay && isInstant) return { due_date: dateField(dueClock(due, timezone)), all_day: true }
  if (!date || isInstant) return { due_date: due, all_day: false }
  const time = /T(\d\d):(\d\d)/.exec(due)
  if (!time || allDay) return { due_date: dateField(date), all_day: true }
  const wall = { ...date, hour: Number(time[1]), minute: Number(time[2]) }
  return { due_date: toInstant(wall, timezone).toISOString(), all_day: false }
}

/** A start date as it is sent in the form the API answers: a day stays a day. */
function readStart(start: string | null, timezone: string): string | null {
  return readDue(start, timezone).due_date
}

/** The task after the change, before the server has answered. */
export function applied(task: Task, change: Change, now: Date): Task {
  const at = now.toISOString()
  switch (change.kind) {
    case 'create':
    case 'place':
      return task
    case 'complete':
      return { ...task, completed: true, completed_at: at, status: 'done' }
    case 'skip':
      return { ...task, completed: true, completed_at: at, status: 'skipped' }
    case 'reopen':
      return { ...task, completed: false, completed_at: null, status: 'open' }
    case 'delete':
      return { ...task, deleted_at: at }
    case 'restore':
      return { ...task, deleted_at: null }
    case 'postpone':
      return { ...task, ...readDue(change.due, change.timezone) }
    case 'edit': {
      const { due_date, start_date, recurrence, ...rest } = change.patch
      const edited: Task = { ...task, ...rest }
      if (edited.project_id !== task.project_id) edited.position = null
      if (due_date !== undefined)
        Object.assign(edited, readDue(due_date, edited.timezone, change.patch.all_day))
      if (start_date !== undefined) edited.start_date = readStart(start_date, edited.timezone)
      if (recurrence !== undefined && recurrence !== task.recurrence) {
        edited.recurrence = recurrence
        // Only the server can describe a rule in words.
        edited.recurrence_text = null
      }
      return edited
    }
  }
}

/** Moves a task to a due date that is local to `zone` unless the task has a time, and with it a zone, already. Of a
 * recurring task only this occurrence moves, so that the series keeps its dates. */
export function moveChange(task: Task, due: string, zone: string, allowPast = false): Change {
  if (task.recurrence) return { kind: 'postpone', task, due, timezone: task.timezone, allowPast }
  const { timezone } = whenOf(task, zone)
  const patch = timezone === task.timezone ? { due_date: due } : { due_date: due, timezone }
  return { kind: 'edit', task, patch }
}

/** The task shown for a new draft until the server has created it. */
export function draftTask(
  change: Extract<Change, { kind: 'create' }>,
  zone: string,
  now: Date,
): Task {
  const { draft } = change
  const timezone = draft.timezone ?? zone
  return {
    id: change.tempId,
    title: draft.title,
    description: draft.description ?? null,
    completed: false,
    completed_at: null,
    ...readDue(draft.due_date ?? null, timezone, draft.all_day ?? undefined),
    start_date: readStart(draft.start_date ?? null, timezone),
    timezone,
    recurrence: draft.recurrence ?? null,
    recurrence_text: null,
    recurrence_mode: draft.recurrence_mode ?? 'from_due',
    reminders: draft.reminders ?? [],
    priority: draft.priority ?? 0,
    tags: draft.tags ?? [],
    project_id: draft.project_id ?? null,
    position: null,
    series_id: null,
    occurrence: null,
    status: 'open',
    version: 0,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    deleted_at: null,
  }
}

/** The change that undoes this one, or null if there is none. `change.task` is the task before the change. */
export function inverse(change: Change, outcome: Outcome): Change | null {
  switch (change.kind) {
    case 'create':
      return outcome.task && { kind: 'delete', task: outcome.task }
    case 'complete':
    case 'skip':
      return { kind: 'reopen', task: outcome.task ?? change.task }
    case 'reopen':
      return { kind: 'complete', task: outcome.task ?? change.task }
    case 'delete':
      return { kind: 'restore', task: change.task }
    case 'restore':
      return { kind: 'delete', task: outcome.task ?? change.task }
    case 'place': {
      const { after, before } = change
      return { kind: 'place', task: outcome.task ?? change.task, after: before, before: after }
    }
    case 'postpone': {
      const { due_date, timezone } = change.task
      const task = outcome.task ?? change.task
      // The earlier date may have passed.
      if (due_date === null) return null
      return { kind: 'postpone', task, due: due_date, timezone, allowPast: true }
    }
    case 'edit': {
      const before: Record<string, unknown> = {}
      for (const field of Object.keys(change.patch))
        before[field] = change.task[field as keyof Task]
      if ('due_date' in before) {
        before.all_day = change.task.all_day
        // The server moves a start that would be later than the new due date.
        if (change.task.start_date) before.start_date = change.task.start_date
      }
      return { kind: 'edit', task: outcome.task ?? change.task, patch: before as TaskPatch }
    }
  }
}

/** The toast for a finished change, or null if the screen already shows the result. */
export function message(change: Change, outcome: Outcome, now: Date, zone: string): string | null {
  const next = outcome.next ? ` Next: ${dueDate(outcome.next, now, zone)}.` : ''
  switch (change.kind) {
    case 'create': {
      const words = outcome.task && dueWords(outcome.task, now, zone)
      if (words) return `Added. Due ${inSentence(words.text)}.`
      const start = outcome.task && startWords(outcome.task, now, zone)
      return start ? `Added. ${start.text}.` : 'Added without a date.'
    }
    case 'complete':
      return `Done.${next}`
    case 'skip':
      return `Skipped.${next}`
    case 'reopen':
      return 'Reopened.'
    case 'delete':
      return 'Moved to the trash.'
    case 'restore':
      return 'Restored.'
    case 'place':
      return null
    case 'postpone': {
      const words = outcome.task && dueWords(outcome.task, now, zone)
      return words ? `Moved to ${inSentence(words.text)}.` : 'Moved.'
    }
    case 'edit': {
      if (!('due_date' in change.patch)) return null
      const words = outcome.task && dueWords(outcome.task, now, zone)
      return words ? `Due ${inSentence(words.text)}.` : 'Due date removed.'
    }
  }
}
