/** Describes entries of the task history in words. */
import type { HistoryEntry } from '@/api/types'
import { offsetWords } from '@/lib/duration'
import { dueDateTime } from '@/lib/words'
import { level } from './priority'

/** The fields that are shown. Other changes are internal, or the name of the event already says them. */
const FIELDS: Record<string, string> = {
  title: 'title',
  description: 'notes',
  due_date: 'due date',
  start_date: 'start date',
  all_day: 'all day',
  timezone: 'time zone',
  recurrence: 'repeat',
  recurrence_mode: 'next date counts from',
  reminders: 'reminders',
  priority: 'priority',
  tags: 'tags',
  project: 'project',
}

const MODES: Record<string, string> = {
  from_due: 'due date',
  from_completion: 'completion',
  skip_missed: 'due date, skipping missed dates',
}

const CHANNELS: Record<string, string> = {
  'in-app': 'in the page',
  email: 'by email',
  webpush: 'by push',
  webhook: 'by webhook',
  apprise: 'by Apprise',
}

export function actorWords({ kind, name }: HistoryEntry['actor']): string {
  switch (kind) {
    case 'person':
      return 'You'
    case 'chat':
      return 'The chat'
    case 'client':
      return name ? `“${name}”` : 'A connected assistant'
    case 'token':
      return name ? `The token “${name}”` : 'An access token'
    case 'system':
      return 'Todo'
  }
}

export function eventWords({ event_type, changes }: HistoryEntry): string {
  const after = (field: string) => changes[field]?.[1]
  // Entries of older versions call the status `fate`.
  const status = after('status') ?? after('fate')
  if (status === 'skipped') return 'skipped it'
  if (status === 'missed') return 'marked it as missed'
  switch (event_type) {
    case 'task_created':
      return 'added it'
    case 'task_completed':
      return 'completed it'
    case 'task_deleted':
      return 'moved it to the trash'
    case 'reminder_due':
      return 'sent a reminder'
  }
  if (status === 'open') return 'reopened it'
  if (after('deleted_at') === null) return 'restored it'
  if (Object.keys(changes).join() === 'position') return 'moved it in its list'
  return 'changed it'
}

interface ChangeWords {
  field: string
  from: string
  to: string
}

export function changeWords(
  { event_type, changes }: HistoryEntry,
  now: Date,
  zone: string,
): ChangeWords[] {
  if (event_type === 'task_created') return []
  return Object.entries(changes).flatMap(([field, [from, to]]) => {
    const name = FIELDS[field]
    if (!name) return []
    return {
      field: name,
      from: valueWords(field, from, now, zone),
      to: valueWords(field, to, now, zone),
    }
  })
}

export function channelWords(kind: string): string {
  return CHANNELS[kind] ?? `by ${kind}`
}

export function valueWords(field: string, value: unknown, now: Date, zone: string): string {
  if (value === null || value === undefined || value === '') return 'none'
  switch (field) {
    case 'due_date':
    case 'start_date':
      return dueDateTime(String(value), now, zone)
    case 'priority':
      return level(Number(value))
    case 'all_day':
      return value ? 'yes' : 'no'
    case 'recurrence_mode':
      return MODES[String(value)] ?? String(value)
    case 'recurrence':
      return ruleWords(String(value))
    case 'reminders':
      return listWords(value, (entry) => offsetWords(entry)?.toLowerCase() ?? 'once', ', ')
    case 'tags':
      return listWords(value, (tag) => `#${tag}`, ' ')
    default: {
      const text = String(value)
      return text.length > 60 ? `${text.slice(0, 59)}…` : text
    }
  }
}

function listWords(value: unknown, words: (item: string) => string, separator: string): string {
  const items: unknown[] = Array.isArray(value) ? value : []
  return items.map((item) => words(String(item))).join(separator) || 'none'
}

/** The rough frequency only. The server describes current rules in full, but not the ones that were replaced. */
function ruleWords(rule: string): string {
  const frequency = /FREQ=(\w+)/.exec(rule.toUpperCase())?.[1] ?? rule.toUpperCase()
  const interval = Number(/INTERVAL=(\d+)/.exec(rule.toUpperCase())?.[1] ?? 1)
  const unit = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' }[frequency]
  if (!unit) return 'another rule'
  return interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`
}
