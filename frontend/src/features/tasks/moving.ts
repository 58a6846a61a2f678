'use client'

import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'

/** "s" offers the usual later moments; "d" opens the calendar. Both move one task. */
export const moving = createStore<{ task: Task; mode: 'snooze' | 'date' } | null>(null)
