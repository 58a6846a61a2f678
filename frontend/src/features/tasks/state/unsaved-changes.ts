/** The changes that could not be sent yet. */
'use client'

import type { QueryClient } from '@tanstack/react-query'
import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'
import type { Change } from '../model/changes'

/** A change that could not be sent. The screen shows it as done until it is sent or discarded. */
export interface UnsavedChange {
  change: Change
  /** The task before the change, for discarding it. */
  before: Task | undefined
  reason: string
}

export const unsavedChanges = createStore<readonly UnsavedChange[]>([])

/** The mutation key of every change in the queue. */
export const CHANGE = ['change'] as const

/** False while a change is on its way or unsaved: a fetched list would not contain it, and would hide it. */
export function allSaved(client: QueryClient): boolean {
  return client.isMutating({ mutationKey: CHANGE }) === 0 && unsavedChanges.get().length === 0
}

/** The id of the task that a change is about. A new task has a temporary, negative id. */
export function subject(change: Change): number {
  return change.kind === 'create' ? change.tempId : change.task.id
}
