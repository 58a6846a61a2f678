/** The usual later times for a task. Dates keep the time of the task, and are dates in its time zone. */
import type { Task } from '@/api/types'
import { WEEKDAYS } from '@/lib/words'
import { addDays, dateField, localDue, timeField, wallClock, weekday } from '@/lib/zoned'
import { whenOf } from './due'

const HOUR = 3_600_000

export interface LaterChoice {
  label: 'In an hour' | 'This evening' | 'Tomorrow' | 'This weekend' | 'Next week'
  hint: string
  due: string
}

export function laterChoices(task: Task, now: Date, zone: string): LaterChoice[] {
  const { time, timezone } = whenOf(task, zone)
  const today = wallClock(now, timezone)
  const onDay = (days: number) => localDue(dateField(addDays(today, days)), time)
  const inAnHour = new Date(now.getTime() + HOUR)
  const inAnHourThere = wallClock(inAnHour, timezone)
  const saturday = 5 - weekday(today)

  const choices: LaterChoice[] = [
    {
      label: 'In an hour',
      hint: timeField(wallClock(inAnHour, zone)),
      due: localDue(dateField(inAnHourThere), timeField(inAnHourThere)),
    },
  ]
  if (wallClock(now, zone).hour < 17)
    choices.push({ label: 'This evening', hint: '18:00', due: localDue(dateField(today), '18:00') })
  choices.push({
    label: 'Tomorrow',
    hint: WEEKDAYS[(weekday(today) + 1) % 7] ?? '',
    due: onDay(1),
  })
  if (saturday > 1) choices.push({ label: 'This weekend', hint: 'Sat', due: onDay(saturday) })
  choices.push({ label: 'Next week', hint: 'Mon', due: onDay(7 - weekday(today)) })
  return choices
}
