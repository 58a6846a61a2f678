'use client'

import type { QueryClient } from '@tanstack/react-query'
import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'
import type { Change } from '../model/changes'

/** Changes the server could not take: shown as if they were done, and kept until they are sent or given up. */
export interface UnsavedChange {
  change: Change
  /** The task as it was, for whoever gives up. */
  before: Task | undefined
  reason: string
}

export const unsavedChanges = createStore<readonly UnsavedChange[]>([])

export const CHANGE = ['change'] as const

/** Whether the lists may be asked again: an answer that does not know of a change would take it off the screen. */
export function allSaved(client: QueryClient): boolean {
  return client.isMutating({ mutationKey: CHANGE }) === 0 && unsavedChanges.get().length === 0
}

/** The id of the task a change is about; of a new task the one that stands in for it. */
export function subject(change: Change): number {
  return change.kind === 'create' ? change.tempId : change.task.id
}
