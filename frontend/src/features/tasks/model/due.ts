import type { Task } from '@/api/types'
import { localDue, parseDateField, timeField, dateField, wallClock, type Wall } from '@/lib/zoned'

/** A due date as it is edited: a day, an optional time, and a time zone. */
export interface When {
  date: string | null
  /** Null for an all-day date. */
  time: string | null
  timezone: string
}

export function whenOf(task: Pick<Task, 'due_date' | 'all_day' | 'timezone'>): When {
  if (!task.due_date) return { date: null, time: null, timezone: task.timezone }
  const wall = wallClock(new Date(task.due_date), task.timezone)
  return {
    date: dateField(wall),
    time: task.all_day ? null : timeField(wall),
    timezone: task.timezone,
  }
}

/** The due date as the API takes it. */
export function dueText(when: When): string | null {
  return when.date && localDue(when.date, when.time)
}

export function dueWallOf(when: When): Wall | null {
  const date = when.date ? parseDateField(when.date) : null
  if (!date) return null
  const [hour = 0, minute = 0] = (when.time ?? '00:00').split(':').map(Number)
  return { ...date, hour, minute }
}
