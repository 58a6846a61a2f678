/** The usual rules, worded for this due date. */
import { MONTHS, WEEKDAYS_LONG } from '@/lib/words'
import { weekday, type Wall } from '@/lib/zoned'
import { fromRule, startingForm, toRule } from './rule-form'

interface Preset {
  key: string
  label: string
  rule: string | null
}

export function presets(due: Wall): Preset[] {
  const day = weekday(due)
  return [
    { key: 'none', label: 'Does not repeat', rule: null },
    { key: 'daily', label: 'Daily', rule: 'FREQ=DAILY' },
    { key: 'weekdays', label: 'Every weekday', rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR' },
    {
      key: 'weekly',
      label: `Every ${WEEKDAYS_LONG[day]}`,
      rule: toRule(startingForm(due)),
    },
    { key: 'monthly', label: `Monthly on the ${ordinal(due.day)}`, rule: 'FREQ=MONTHLY' },
    { key: 'yearly', label: `Yearly on ${due.day} ${MONTHS[due.month - 1]}`, rule: 'FREQ=YEARLY' },
  ]
}

export function presetOf(rule: string | null, due: Wall): string | null {
  if (rule === null) return 'none'
  const form = fromRule(rule)
  if (!form || form.end.by !== 'never' || form.interval !== 1) return null
  switch (form.frequency) {
    case 'DAILY':
      return 'daily'
    case 'WEEKLY': {
      const days = form.weekdays.join()
      if (days === '0,1,2,3,4') return 'weekdays'
      return days === '' || days === String(weekday(due)) ? 'weekly' : null
    }
    case 'MONTHLY':
      return form.monthDay.on === 'same-day' ||
        (form.monthDay.on === 'days' && form.monthDay.days.join() === String(due.day))
        ? 'monthly'
        : null
    case 'YEARLY':
      return 'yearly'
  }
}

export function ordinal(n: number): string {
  const rest = n % 100
  if (rest >= 11 && rest <= 13) return `${n}th`
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`
}
