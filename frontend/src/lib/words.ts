import {
  addDays,
  dayNumber,
  dueClock,
  isDate,
  timeField,
  wallClock,
  weekday,
  type Wall,
} from './zoned'

/** Dates and times in words. Nothing here reads the clock: `now` is an argument, so that server and browser agree. */

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
export const WEEKDAYS_LONG = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const
export const MONTHS = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const
export const MONTHS_LONG = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export type Tone = 'overdue' | 'today' | 'later'

export interface DueWords {
  text: string
  /** The time alone, for rows under a heading that names the day. Empty for an all-day date. */
  time: string
  tone: Tone
  /** The full date with its time zone, for the tooltip. */
  exact: string
}

export interface Due {
  /** A date if it is all-day, else an instant. */
  due_date: string | null
  all_day: boolean
  timezone: string
}

function monthDay(wall: Wall, today: Wall): string {
  const text = `${wall.day} ${MONTHS[wall.month - 1]}`
  return wall.year === today.year ? text : `${text} ${wall.year}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function daysAgo(days: number): string {
  if (days === 1) return 'Yesterday'
  if (days < 14) return `${days} days ago`
  if (days < 60) return `${Math.floor(days / 7)} weeks ago`
  if (days < 730) return `${Math.floor(days / 30.44)} months ago`
  return `${Math.floor(days / 365.25)} years ago`
}

/** The due date as wall time in this zone. An all-day date is the same date in every zone; older servers sent its
 * midnight in the zone of the task. */
export function dueWall(due: Due, zone: string): Wall | null {
  return due.due_date ? dueClock(due.due_date, due.all_day ? due.timezone : zone) : null
}

export function dueDay(due: Due, zone: string): number | null {
  const wall = dueWall(due, zone)
  return wall && dayNumber(wall)
}

function exactly(wall: Wall, zone: string, allDay: boolean): string {
  const date = `${WEEKDAYS_LONG[weekday(wall)]} ${wall.day} ${MONTHS_LONG[wall.month - 1]} ${wall.year}`
  return allDay ? `${date}, all day` : `${date}, ${timeField(wall)} (${zoneName(zone)})`
}

export function zoneName(zone: string): string {
  return zone.replaceAll('_', ' ')
}

export function zoneCity(zone: string): string {
  return zoneName(zone.split('/').at(-1) ?? zone)
}

export function dueWords(due: Due, now: Date, zone: string): DueWords | null {
  const wall = dueWall(due, zone)
  if (!wall || !due.due_date) return null
  const today = wallClock(now, zone)
  const days = dayNumber(wall) - dayNumber(today)
  const clock = due.all_day ? '' : timeField(wall)
  const time = clock && ` ${clock}`
  const exact = exactly(wall, zone, due.all_day)

  if (days < 0) return { text: daysAgo(-days), time: clock, tone: 'overdue', exact }
  if (days === 0) {
    const late = !due.all_day && new Date(due.due_date).getTime() < now.getTime()
    return { text: `Today${time}`, time: clock, tone: late ? 'overdue' : 'today', exact }
  }
  if (days === 1) return { text: `Tomorrow${time}`, time: clock, tone: 'later', exact }
  if (days < 7)
    return { text: `${WEEKDAYS[weekday(wall)]}${time}`, time: clock, tone: 'later', exact }
  return { text: monthDay(wall, today), time: clock, tone: 'later', exact }
}

/** "Mon 30 Nov", with the year if it is not the current one. */
export function shortDate(instant: Date, now: Date, zone: string): string {
  return shortDay(wallClock(instant, zone), now, zone)
}

function shortDay(wall: Wall, now: Date, zone: string): string {
  return `${WEEKDAYS[weekday(wall)]} ${monthDay(wall, wallClock(now, zone))}`
}

export function shortDateTime(instant: Date, now: Date, zone: string): string {
  return `${shortDate(instant, now, zone)}, ${timeField(wallClock(instant, zone))}`
}

/** "Mon 30 Nov": the day of a due date as the API answers it. */
export function dueDate(due: string, now: Date, zone: string): string {
  return shortDay(dueClock(due, zone), now, zone)
}

/** "Mon 30 Nov, 09:00", without a time if it is all-day. */
export function dueDateTime(due: string, now: Date, zone: string): string {
  return isDate(due) ? dueDate(due, now, zone) : shortDateTime(new Date(due), now, zone)
}

export function dayTitle(day: number, now: Date, zone: string): string {
  const today = wallClock(now, zone)
  const distance = day - dayNumber(today)
  const wall = addDays(today, distance)
  const date = `${WEEKDAYS[weekday(wall)]} ${monthDay(wall, today)}`
  if (distance === 0) return 'Today'
  if (distance === 1) return `Tomorrow · ${date}`
  if (distance === -1) return 'Yesterday'
  return date
}

/** How long ago something happened: "just now", "12 minutes ago", "Yesterday 09:00", "30 Nov, 09:00". */
export function agoWords(instant: Date, now: Date, zone: string): string {
  const seconds = Math.round((now.getTime() - instant.getTime()) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${plural(Math.max(1, Math.round(seconds / 60)), 'minute')} ago`
  const wall = wallClock(instant, zone)
  const today = wallClock(now, zone)
  const days = dayNumber(today) - dayNumber(wall)
  if (days === 0) return `Today ${timeField(wall)}`
  if (days === 1) return `Yesterday ${timeField(wall)}`
  return `${monthDay(wall, today)}, ${timeField(wall)}`
}

export function lateWords(seconds: number): string | null {
  if (seconds < 60) return null
  if (seconds < 3600) return `${plural(Math.round(seconds / 60), 'minute')} late`
  if (seconds < 86_400) return `${plural(Math.round(seconds / 3600), 'hour')} late`
  return `${plural(Math.round(seconds / 86_400), 'day')} late`
}
