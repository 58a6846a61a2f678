import { weekday, type Wall } from '@/lib/zoned'

/** The recurrence form, and its conversion to an RFC 5545 rule and back. */

export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

export type MonthDay =
  /** The day of the due date; months that are too short use their last day. */
  | { on: 'same-day' }
  | { on: 'days'; days: number[] }
  | { on: 'last-day' }
  /** n = 1…4 or -1 for the last; weekday 0 = Monday. */
  | { on: 'nth'; n: number; weekday: number }

export type End = { by: 'never' } | { by: 'date'; date: string } | { by: 'count'; count: number }

export interface RuleForm {
  frequency: Frequency
  interval: number
  /** 0 = Monday; empty means the weekday of the due date. */
  weekdays: number[]
  monthDay: MonthDay
  end: End
}

const CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
const SHORTHAND: Record<string, string> = {
  daily: 'FREQ=DAILY',
  weekly: 'FREQ=WEEKLY',
  monthly: 'FREQ=MONTHLY',
  yearly: 'FREQ=YEARLY',
}
const FREQUENCIES: ReadonlySet<string> = new Set(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'])

export function emptyForm(): RuleForm {
  return {
    frequency: 'WEEKLY',
    interval: 1,
    weekdays: [],
    monthDay: { on: 'same-day' },
    end: { by: 'never' },
  }
}

/** What "Custom" starts with: every week on the weekday of the due date. */
export function startingForm(due: Wall): RuleForm {
  return { ...emptyForm(), weekdays: [weekday(due)] }
}

/** Adds or removes a day; the last one stays, because a rule needs a day. */
export function toggled(days: readonly number[], day: number): number[] {
  if (!days.includes(day)) return [...days, day]
  return days.length > 1 ? days.filter((other) => other !== day) : [...days]
}

export function toRule(form: RuleForm): string {
  const parts = [`FREQ=${form.frequency}`]
  if (form.interval > 1) parts.push(`INTERVAL=${form.interval}`)
  if (form.frequency === 'WEEKLY' && form.weekdays.length)
    parts.push(
      `BYDAY=${ascending(form.weekdays)
        .map((day) => CODES[day])
        .join()}`,
    )
  if (form.frequency === 'MONTHLY') parts.push(...monthDayParts(form.monthDay))
  if (form.end.by === 'count') parts.push(`COUNT=${form.end.count}`)
  // The end of the day, so that the last date counts whatever the time of the task is.
  if (form.end.by === 'date') parts.push(`UNTIL=${form.end.date.replaceAll('-', '')}T235959`)
  return parts.join(';')
}

function monthDayParts(day: MonthDay): string[] {
  switch (day.on) {
    case 'same-day':
      return []
    case 'days':
      return [`BYMONTHDAY=${ascending(day.days).join()}`]
    case 'last-day':
      return ['BYMONTHDAY=-1']
    case 'nth':
      return [`BYDAY=${day.n}${CODES[day.weekday]}`]
  }
}

function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}

/** Null for a rule that the form cannot show completely, so that saving never drops a part of it. */
export function fromRule(rule: string): RuleForm | null {
  const parts = partsOf(SHORTHAND[rule] ?? rule)
  if (!parts) return null
  const take = (name: string) => {
    const value = parts.get(name)
    parts.delete(name)
    return value
  }
  const frequency = take('FREQ')
  const interval = Number(take('INTERVAL') ?? 1)
  const weekStart = take('WKST') ?? 'MO'
  const skip = take('SKIP')
  // RSCALE without SKIP leaves out the missing days (RFC 7529), which the form cannot show.
  if (skip) take('RSCALE')
  const end = readEnd(take('COUNT'), take('UNTIL'))
  const days = readDays(frequency, interval, take('BYDAY'), take('BYMONTHDAY'))
  const known = weekStart === 'MO' && (skip ?? 'BACKWARD') === 'BACKWARD' && interval >= 1
  // A part that is still there is one that the form does not know.
  return known && end && days && parts.size === 0 ? { interval, end, ...days } : null
}

function partsOf(rule: string): Map<string, string> | null {
  const parts = new Map<string, string>()
  for (const part of rule
    .replace(/^RRULE:/i, '')
    .toUpperCase()
    .split(';')) {
    const [name, value] = part.split('=')
    if (!name || !value || parts.has(name)) return null
    parts.set(name, value)
  }
  return parts
}

function readEnd(count: string | undefined, until: string | undefined): End | null {
  if (count && until) return null
  if (count) return { by: 'count', count: Number(count) }
  if (!until) return { by: 'never' }
  const match = /^(\d{4})(\d\d)(\d\d)/.exec(until)
  return match && { by: 'date', date: `${match[1]}-${match[2]}-${match[3]}` }
}

type Days = Pick<RuleForm, 'frequency' | 'weekdays' | 'monthDay'>

function readDays(
  frequency: string | undefined,
  interval: number,
  byDay: string | undefined,
  byMonthDay: string | undefined,
): Days | null {
  if (!isFrequency(frequency)) return null
  const days: Days = { frequency, weekdays: [], monthDay: { on: 'same-day' } }
  if (frequency === 'MONTHLY') {
    const monthDay = readMonthDay(byDay, byMonthDay)
    return monthDay && { ...days, monthDay }
  }
  if (byMonthDay) return null
  if (!byDay) return days
  // "Every day, but only on these weekdays" is "every week on these weekdays".
  if (frequency !== 'WEEKLY' && !(frequency === 'DAILY' && interval === 1)) return null
  const weekdays = byDay.split(',').map(weekdayOf)
  return weekdays.includes(-1)
    ? null
    : { ...days, frequency: 'WEEKLY', weekdays: ascending(weekdays) }
}

function readMonthDay(byDay: string | undefined, byMonthDay: string | undefined): MonthDay | null {
  if (byDay && byMonthDay) return null
  if (byDay) {
    const match = /^(-1|[1-4])([A-Z]{2})$/.exec(byDay)
    const day = weekdayOf(match?.[2] ?? '')
    return match && day >= 0 ? { on: 'nth', n: Number(match[1]), weekday: day } : null
  }
  if (!byMonthDay) return { on: 'same-day' }
  if (byMonthDay === '-1') return { on: 'last-day' }
  const days = byMonthDay.split(',').map(Number)
  return days.every((day) => day >= 1 && day <= 31) ? { on: 'days', days: ascending(days) } : null
}

function isFrequency(text: string | undefined): text is Frequency {
  return text !== undefined && FREQUENCIES.has(text)
}

/** 0 = Monday; -1 for text that is no weekday of RFC 5545. */
function weekdayOf(code: string): number {
  return CODES.indexOf(code as (typeof CODES)[number])
}

export const NTH = [
  { value: 1, label: 'first' },
  { value: 2, label: 'second' },
  { value: 3, label: 'third' },
  { value: 4, label: 'fourth' },
  { value: -1, label: 'last' },
] as const
