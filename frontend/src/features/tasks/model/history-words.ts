import type { HistoryEntry } from '@/api/types'
import { offsetWords } from '@/lib/duration'
import { shortDateTime } from '@/lib/words'
import { level } from './priority'

/** The audit trail as sentences. */

const FIELDS: Record<string, string> = {
  title: 'title',
  description: 'notes',
  due_date: 'due date',
  all_day: 'all day',
  timezone: 'time zone',
  recurrence: 'repeat',
  recurrence_mode: 'counting',
  reminders: 'reminders',
  priority: 'priority',
  tags: 'tags',
}

/** Bookkeeping that says nothing to a person, or what the event's own name already says. */
const SILENT = new Set([
  'version',
  'updated_at',
  'created_at',
  'completed',
  'completed_at',
  'fate',
  'deleted_at',
  'position',
  'series_id',
  'occurrence',
  'slot',
  'anchor',
  'id',
  'user_id',
  'recurrence_text',
])

export function actorWords(actor: HistoryEntry['actor'] | null | undefined): string {
  switch (actor?.kind) {
    case 'person':
      return 'You'
    case 'token':
      return actor.name ? `The token “${actor.name}”` : 'An access token'
    case 'chat':
      return 'The assistant'
    default:
      return 'Todo'
  }
}

function has(entry: HistoryEntry, field: string, to: (value: unknown) => boolean): boolean {
  const change = entry.changes?.[field]
  return change !== undefined && to(change[1])
}

export function eventWords(entry: HistoryEntry): string {
  const event = entry.event_type.replace(/^todo\.task\.|^task_|\.v\d+$/g, '')
  if (has(entry, 'fate', (value) => value === 'skipped')) return 'skipped it'
  if (has(entry, 'fate', (value) => value === 'missed')) return 'marked it as missed'
  if (event === 'created') return 'added it'
  if (event === 'completed') return 'completed it'
  if (event === 'deleted') return 'moved it to the trash'
  if (has(entry, 'completed', (value) => value === false)) return 'opened it again'
  if (has(entry, 'deleted_at', (value) => value === null)) return 'restored it'
  if (event === 'reopened') return 'opened it again'
  if (event === 'restored') return 'restored it'
  if (event === 'postponed') return 'moved it'
  return 'changed it'
}

export interface ChangeWords {
  field: string
  from: string
  to: string
}

export function changeWords(entry: HistoryEntry, now: Date, zone: string): ChangeWords[] {
  if (/created/.test(entry.event_type)) return []
  return Object.entries(entry.changes ?? {})
    .filter(([field]) => !SILENT.has(field) && field in FIELDS)
    .map(([field, [from, to]]) => ({
      field: FIELDS[field] ?? field,
      from: valueWords(field, from, now, zone),
      to: valueWords(field, to, now, zone),
    }))
}

function valueWords(field: string, value: unknown, now: Date, zone: string): string {
  if (value === null || value === undefined || value === '') return 'none'
  if (field === 'due_date') return shortDateTime(new Date(String(value)), now, zone)
  if (field === 'priority') return level(Number(value))
  if (field === 'all_day') return value ? 'yes' : 'no'
  if (field === 'recurrence_mode') return String(value).replaceAll('_', ' ')
  if (field === 'recurrence') return ruleWords(String(value))
  if (field === 'reminders' && Array.isArray(value))
    return (
      value.map((entry) => offsetWords(String(entry))?.toLowerCase() ?? 'once').join(', ') || 'none'
    )
  if (Array.isArray(value)) return value.length ? value.map((tag) => `#${tag}`).join(' ') : 'none'
  const text = String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** Only the rough shape: the exact words are the server's, and it has none for rules that are gone. */
function ruleWords(rule: string): string {
  const frequency = /FREQ=(\w+)/.exec(rule.toUpperCase())?.[1] ?? rule.toUpperCase()
  const interval = Number(/INTERVAL=(\d+)/.exec(rule.toUpperCase())?.[1] ?? 1)
  const unit = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' }[frequency]
  if (!unit) return 'another rule'
  return interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`
}

const CHANNELS: Record<string, string> = {
  'in-app': 'in the page',
  email: 'by email',
  webpush: 'by push',
  webhook: 'by webhook',
  apprise: 'by Apprise',
}

export function channelWords(kind: string): string {
  return CHANNELS[kind] ?? `by ${kind}`
}
