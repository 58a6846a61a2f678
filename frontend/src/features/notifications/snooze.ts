/** The choices for a snooze. "This evening" is left out from 17:30 on. */
import { addDays, toInstant, wallClock } from '@/lib/zoned'

interface SnoozeChoice {
  label: string
  until: Date
}

export function snoozeChoices(now: Date, zone: string): SnoozeChoice[] {
  const wall = wallClock(now, zone)
  const evening = toInstant({ ...wall, hour: 18, minute: 0 }, zone)
  const tomorrow = toInstant({ ...addDays(wall, 1), hour: 9, minute: 0 }, zone)
  const choices = [
    { label: '10 minutes', until: new Date(now.getTime() + 10 * 60_000) },
    { label: '1 hour', until: new Date(now.getTime() + 60 * 60_000) },
  ]
  if (evening.getTime() - now.getTime() > 30 * 60_000)
    choices.push({ label: 'This evening', until: evening })
  choices.push({ label: 'Tomorrow', until: tomorrow })
  return choices
}
