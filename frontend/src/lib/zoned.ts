/** Wall times and instants. All date arithmetic happens here, in an IANA time zone, never in the zone of the machine. */

export interface Wall {
  year: number
  /** 1–12 */
  month: number
  day: number
  hour: number
  minute: number
}

const DAY = 86_400_000
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterFor(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const options: Intl.DateTimeFormatOptions = {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }
  let formatter: Intl.DateTimeFormat
  try {
    formatter = new Intl.DateTimeFormat('en-US', options)
  } catch {
    // The server may know a zone that this browser does not. UTC is used instead of failing.
    formatter = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' })
  }
  formatters.set(zone, formatter)
  return formatter
}

export function wallClock(instant: Date, zone: string): Wall {
  const part: Record<string, number> = {}
  for (const { type, value } of formatterFor(zone).formatToParts(instant))
    part[type] = Number(value)
  return {
    year: part.year ?? 1970,
    month: part.month ?? 1,
    day: part.day ?? 1,
    hour: part.hour ?? 0,
    minute: part.minute ?? 0,
  }
}

function asUtc(wall: Wall): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute)
}

function offsetAt(time: number, zone: string): number {
  const minute = Math.floor(time / 60_000) * 60_000
  return asUtc(wallClock(new Date(minute), zone)) - minute
}

/** A wall time in a DST gap moves forward by the gap. A wall time that occurs twice means the first one. */
export function toInstant(wall: Wall, zone: string): Date {
  const guess = asUtc(wall)
  const before = offsetAt(guess - DAY, zone)
  const after = offsetAt(guess + DAY, zone)
  const candidates = [guess - before, guess - after].sort((a, b) => a - b)
  const exact = candidates.find((time) => time + offsetAt(time, zone) === guess)
  return new Date(exact ?? guess - before)
}

/** Days of the wall date since 1970. The difference of two is the number of midnights between them. */
export function dayNumber(wall: Pick<Wall, 'year' | 'month' | 'day'>): number {
  return Math.round(Date.UTC(wall.year, wall.month - 1, wall.day) / DAY)
}

export function addDays<T extends Pick<Wall, 'year' | 'month' | 'day'>>(wall: T, days: number): T {
  const date = new Date((dayNumber(wall) + days) * DAY)
  return {
    ...wall,
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  }
}

/** 0 = Monday … 6 = Sunday */
export function weekday(wall: Pick<Wall, 'year' | 'month' | 'day'>): number {
  return (((dayNumber(wall) + 3) % 7) + 7) % 7
}

/** A due date of an all-day task: "2026-11-30". It is the same date in every zone, and no instant. */
export function isDate(due: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(due)
}

/** A due date as the API answers it, on the wall clock of the zone. An all-day date has none and starts at 00:00. */
export function dueClock(due: string, zone: string): Wall {
  const date = isDate(due) ? parseDateField(due) : null
  return date ? { ...date, hour: 0, minute: 0 } : wallClock(new Date(due), zone)
}

const starts = new Map<string, number>()

/** The instant of a due date, for sorting: an all-day date starts at midnight in the zone of the person. */
export function dueTime(due: string, zone: string): number {
  if (!isDate(due)) return new Date(due).getTime()
  const key = `${due} ${zone}`
  const known = starts.get(key) ?? toInstant(dueClock(due, zone), zone).getTime()
  starts.set(key, known)
  return known
}

export function startOfDay(now: Date, zone: string, daysLater = 0): Date {
  return toInstant({ ...addDays(wallClock(now, zone), daysLater), hour: 0, minute: 0 }, zone)
}

const two = (value: number) => String(value).padStart(2, '0')

export function dateField(wall: Pick<Wall, 'year' | 'month' | 'day'>): string {
  return `${String(wall.year).padStart(4, '0')}-${two(wall.month)}-${two(wall.day)}`
}

export function timeField(wall: Pick<Wall, 'hour' | 'minute'>): string {
  return `${two(wall.hour)}:${two(wall.minute)}`
}

/** A local due date as the API takes it. A date alone means all day. */
export function localDue(date: string, time: string | null): string {
  return time ? `${date}T${time}:00` : date
}

export function parseDateField(value: string): Pick<Wall, 'year' | 'month' | 'day'> | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(value)
  return match ? { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) } : null
}

export function browserZone(): string {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
  } catch {
    return 'UTC'
  }
}

export function allZones(): string[] {
  const zones =
    typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
  return zones.includes('UTC') ? zones : ['UTC', ...zones]
}
