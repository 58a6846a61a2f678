/** The rows of the outbox: changes that are stored in this browser until the server has them. */
'use client'

import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'
import type { Change } from '../model/changes'

export interface OutboxRow {
  /** Sent as the Idempotency-Key, so that a repetition has no effect. */
  key: string
  /** The order of all rows of this browser. */
  seq: number
  /** Who made the change. Nobody else sees or sends it. */
  user: string
  /** The change, with the task as the person saw it when they made it: the base of a merge. */
  change: Change
  at: number
  /** The time that a completion is sent with, null for that of the server. Every try has the same body, as its key asks. */
  completedAt?: string | null
  /**
   * waiting: is sent as soon as the server can be reached · refused: the server does not accept it ·
   * disputed: somebody else changed the same fields · deleted: the task is in the trash, or gone
   */
  state: 'waiting' | 'refused' | 'disputed' | 'deleted'
  /** Why it has not been saved, as a sentence. */
  reason: string | null
  /** The task as the server has it, if a person has to decide. Null for a task that is gone. */
  theirs?: Task | null
}

/** The rows of this person, also those of other windows, in order. `setRows` changes them. */
export const outboxRows = createStore<readonly OutboxRow[]>([])

/** The tasks with changes that could not be saved. It changes rarely: each row of a list reads it. */
export const unsavedTasks = createStore<ReadonlySet<number>>(new Set())

export function setRows(rows: readonly OutboxRow[]): void {
  outboxRows.set(rows)
  const unsaved = rows.filter(({ state, reason }) => state !== 'waiting' || reason !== null)
  const ids = new Set(unsaved.map(({ change }) => subject(change)))
  unsavedTasks.set((before) =>
    ids.size === before.size && [...ids].every((id) => before.has(id)) ? before : ids,
  )
}

/** Why this browser cannot keep changes beyond this window, as a sentence. */
export const storageTrouble = createStore<string | null>(null)

/** When a change of a task was last sent from this window: the live update about it is an echo. */
export const sentAt = new Map<number, number>()

/** Whether the row can be sent. A change of a task, or behind a task, that was not created yet waits for the creation. */
function isSendable({ state, change }: OutboxRow): boolean {
  if (state !== 'waiting' || change.kind === 'create') return state === 'waiting'
  if (change.kind === 'place' && change.after !== null && change.after < 0) return false
  return change.task.id > 0
}

/** The rows that can be sent. A task is not placed again before it was placed behind a task that is being created. */
export function sendable(rows: readonly OutboxRow[]): OutboxRow[] {
  const held = new Set<number>()
  return rows.filter((row) => {
    const { change, state } = row
    if (change.kind === 'place' && state === 'waiting' && !isSendable(row)) held.add(change.task.id)
    return isSendable(row) && !(change.kind === 'place' && held.has(change.task.id))
  })
}

/** False while a change is on its way: a fetched list would not contain it yet. */
export function allSaved(): boolean {
  return !sendable(outboxRows.get()).some(({ reason }) => reason === null)
}

/** The id of the task that a change is about. A new task has a temporary, negative id. */
export function subject(change: Change): number {
  return change.kind === 'create' ? change.tempId : change.task.id
}

/** Whether the person has to decide something about this row. */
export function needsAnswer({ state }: OutboxRow): boolean {
  return state !== 'waiting'
}

let lastTempId = 0

/** A temporary id for a new task. No other window, and no earlier one, has used it. */
export function newTempId(): number {
  lastTempId = Math.max(lastTempId + 1, Date.now() * 1000 + Math.floor(Math.random() * 1000))
  return -lastTempId
}
