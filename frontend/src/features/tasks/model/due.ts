import type { Task } from '@/api/types'
import { dateField, dueClock, localDue, parseDateField, timeField, type Wall } from '@/lib/zoned'

/** A due date as it is edited: a day, an optional time, and a time zone. */
export interface When {
  date: string | null
  /** Null for an all-day date. */
  time: string | null
  timezone: string
}

/** `zone` is that of the person: a time that is added to a task without one is in it. */
export function whenOf(task: Pick<Task, 'due_date' | 'all_day' | 'timezone'>, zone: string): When {
  const timezone = task.all_day || !task.due_date ? zone : task.timezone
  if (!task.due_date) return { date: null, time: null, timezone }
  const wall = dueClock(task.due_date, task.timezone)
  return { date: dateField(wall), time: task.all_day ? null : timeField(wall), timezone }
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
