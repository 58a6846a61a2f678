/** The dialogs that can be opened from anywhere in the page. */
'use client'

import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'

/** The add dialog: the ＋ button on a phone, and the key "q" on pages without an add field. */
export const quickAddOpen = createStore(false)

/** The task to be moved: "snooze" offers the usual later times, "date" the calendar, "project" the projects. */
export const moveTarget = createStore<{ task: Task; mode: 'snooze' | 'date' | 'project' } | null>(
  null,
)
