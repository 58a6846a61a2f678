import { MONTHS, WEEKDAYS, WEEKDAYS_LONG } from '@/lib/words'
import { weekday, type Wall } from '@/lib/zoned'

/** The recurrence editor's form, and its way to an RFC 5545 rule and back. */

export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

export type Monthly =
  /** The day of the due date; months that are too short use their last day. */
  | { on: 'same-day' }
  | { on: 'days'; days: number[] }
  | { on: 'last-day' }
  /** n = 1…4 or -1 for the last; weekday 0 = Monday. */
  | { on: 'nth'; n: number; weekday: number }

export type Ends = { by: 'never' } | { by: 'date'; date: string } | { by: 'count'; count: number }

export interface RuleForm {
  frequency: Frequency
  interval: number
  /** 0 = Monday; empty means the weekday of the due date. */
  weekdays: number[]
  monthly: Monthly
  ends: Ends
}

export interface Preset {
  key: string
  label: string
  rule: string | null
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
    monthly: { on: 'same-day' },
    ends: { by: 'never' },
  }
}

export function ordinal(n: number): string {
  const rest = n % 100
  if (rest >= 11 && rest <= 13) return `${n}th`
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`
}

/** What people mean most of the time, in the words of this due date. */
export function presets(due: Wall): Preset[] {
  const day = weekday(due)
  return [
    { key: 'none', label: 'Does not repeat', rule: null },
    { key: 'daily', label: 'Daily', rule: 'FREQ=DAILY' },
    { key: 'weekdays', label: 'Weekdays', rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR' },
    { key: 'weekly', label: `Weekly on ${WEEKDAYS[day]}`, rule: `FREQ=WEEKLY;BYDAY=${CODES[day]}` },
    { key: 'monthly', label: `Monthly on the ${ordinal(due.day)}`, rule: 'FREQ=MONTHLY' },
    { key: 'yearly', label: `Yearly on ${due.day} ${MONTHS[due.month - 1]}`, rule: 'FREQ=YEARLY' },
  ]
}

export function presetOf(rule: string | null, due: Wall): string | null {
  if (rule === null) return 'none'
  const form = fromRule(rule)
  if (!form || form.ends.by !== 'never' || form.interval !== 1) return null
  switch (form.frequency) {
    case 'DAILY':
      return 'daily'
    case 'WEEKLY': {
      const days = form.weekdays.join()
      if (days === '0,1,2,3,4') return 'weekdays'
      return days === '' || days === String(weekday(due)) ? 'weekly' : null
    }
    case 'MONTHLY':
      return form.monthly.on === 'same-day' ||
        (form.monthly.on === 'days' && form.monthly.days.join() === String(due.day))
        ? 'monthly'
        : null
    case 'YEARLY':
      return 'yearly'
  }
}

export function toRule(form: RuleForm): string {
  const parts = [`FREQ=${form.frequency}`]
  if (form.interval > 1) parts.push(`INTERVAL=${form.interval}`)
  if (form.frequency === 'WEEKLY' && form.weekdays.length)
    parts.push(
      `BYDAY=${[...form.weekdays]
        .sort()
        .map((day) => CODES[day])
        .join(',')}`,
    )
  if (form.frequency === 'MONTHLY') {
    const { monthly } = form
    if (monthly.on === 'last-day') parts.push('BYMONTHDAY=-1')
    if (monthly.on === 'days' && monthly.days.length)
      parts.push(`BYMONTHDAY=${[...monthly.days].sort((a, b) => a - b).join(',')}`)
    if (monthly.on === 'nth') parts.push(`BYDAY=${monthly.n}${CODES[monthly.weekday]}`)
  }
  if (form.ends.by === 'count') parts.push(`COUNT=${form.ends.count}`)
  if (form.ends.by === 'date' && form.ends.date)
    // The whole last day counts, whatever the time of the task.
    parts.push(`UNTIL=${form.ends.date.replaceAll('-', '')}T235959`)
  return parts.join(';')
}

/** Null for a rule the form cannot show whole: it is kept as it is and never half-edited. */
export function fromRule(rule: string): RuleForm | null {
  const text = SHORTHAND[rule] ?? rule.replace(/^RRULE:/i, '')
  const fields = new Map<string, string>()
  for (const part of text.toUpperCase().split(';')) {
    const [name, value] = part.split('=')
    if (!name || value === undefined || fields.has(name)) return null
    fields.set(name, value)
  }
  const take = (name: string) => {
    const value = fields.get(name)
    fields.delete(name)
    return value
  }
  const frequency = take('FREQ')
  if (!frequency || !FREQUENCIES.has(frequency)) return null
  const form: RuleForm = { ...emptyForm(), frequency: frequency as Frequency }
  form.interval = Number(take('INTERVAL') ?? 1)
  const start = take('WKST')
  if (start && start !== 'MO') return null
  const skip = take('SKIP')
  if (skip && skip !== 'BACKWARD') return null
  if (skip) take('RSCALE')

  const count = take('COUNT')
  const until = take('UNTIL')
  if (count && until) return null
  if (count) form.ends = { by: 'count', count: Number(count) }
  if (until) {
    const match = /^(\d{4})(\d\d)(\d\d)/.exec(until)
    if (!match) return null
    form.ends = { by: 'date', date: `${match[1]}-${match[2]}-${match[3]}` }
  }

  const byDay = take('BYDAY')?.split(',')
  const byMonthDay = take('BYMONTHDAY')?.split(',').map(Number)
  if (byDay && form.frequency === 'WEEKLY') {
    const days = byDay.map((code) => CODES.indexOf(code as (typeof CODES)[number]))
    if (days.includes(-1)) return null
    form.weekdays = days.sort()
  } else if (byDay && form.frequency === 'DAILY' && form.interval === 1) {
    const days = byDay.map((code) => CODES.indexOf(code as (typeof CODES)[number]))
    if (days.includes(-1)) return null
    form.frequency = 'WEEKLY'
    form.weekdays = days.sort()
  } else if (byDay && form.frequency === 'MONTHLY' && byDay.length === 1 && !byMonthDay) {
    const match = /^(-1|[1-5])([A-Z]{2})$/.exec(byDay[0] ?? '')
    const code = CODES.indexOf(match?.[2] as (typeof CODES)[number])
    if (!match || code < 0) return null
    form.monthly = { on: 'nth', n: Number(match[1]), weekday: code }
  } else if (byDay) return null

  if (byMonthDay) {
    if (form.frequency !== 'MONTHLY' || byDay) return null
    if (byMonthDay.length === 1 && byMonthDay[0] === -1) form.monthly = { on: 'last-day' }
    else if (byMonthDay.every((day) => day >= 1 && day <= 31))
      form.monthly = { on: 'days', days: byMonthDay.sort((a, b) => a - b) }
    else return null
  }
  // Anything left is a part this form does not know.
  return fields.size === 0 && form.interval >= 1 ? form : null
}

export const NTH = [
  { value: 1, label: 'first' },
  { value: 2, label: 'second' },
  { value: 3, label: 'third' },
  { value: 4, label: 'fourth' },
  { value: -1, label: 'last' },
] as const

export { WEEKDAYS, WEEKDAYS_LONG }
