import type { Task, TaskPatch } from '@/api/types'
import { dueDay, dueWords, type Due } from '@/lib/words'
import { dayNumber, isDate, wallClock } from '@/lib/zoned'
import { dueText, whenOf, type When } from './due'

/** Start dates ("not before"): a task sleeps in lists until then. */

type Starting = Pick<Task, 'start_date' | 'timezone'>

/** The start in the form of a due date. A whole day has no zone: it begins where the person is. */
function startOf({ start_date, timezone }: Starting): Due {
  return { due_date: start_date, all_day: start_date !== null && isDate(start_date), timezone }
}

/** The start as it is edited. Beside a due time it is in the zone of that. */
export function startWhen(task: Task, zone: string): When {
  const when = whenOf(startOf(task), zone)
  return task.due_date && !task.all_day ? { ...when, timezone: task.timezone } : when
}

/** The patch that sets it. A task without a due date has no other use for its zone. */
export function startPatch(task: Task, when: When): TaskPatch {
  const patch = { start_date: dueText(when) }
  return task.due_date ? patch : { ...patch, timezone: when.timezone }
}

export function sleeps(task: Starting, now: Date, zone: string): boolean {
  const start = startOf(task)
  if (!start.due_date) return false
  if (!start.all_day) return new Date(start.due_date) > now
  return startDay(task, zone)! > dayNumber(wallClock(now, zone))
}

export function startDay(task: Starting, zone: string): number | null {
  return dueDay(startOf(task), zone)
}

/** "Starts Mon", or null if the task has no start date. */
export function startWords(task: Starting, now: Date, zone: string) {
  const words = dueWords(startOf(task), now, zone)
  return words && { text: `Starts ${inSentence(words.text)}`, exact: words.exact }
}

/** "Today" inside a sentence. */
export function inSentence(text: string): string {
  return /^(Today|Tomorrow|Yesterday)/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text
}
