/** Describes the rows of a proposal in words. */
import { dueDateTime } from '@/lib/words'
import type { ProposalRow } from './types'

const ACTIONS: Record<string, string> = {
  add: 'Add',
  update: 'Change',
  reschedule: 'Move',
  postpone: 'Postpone',
  complete: 'Complete',
  reopen: 'Reopen',
  skip: 'Skip',
  delete: 'Move to the trash',
  restore: 'Restore',
  set_reminders: 'Reminders',
  snooze: 'Snooze',
}

const FIELDS: Record<string, string> = {
  title: 'Title',
  description: 'Notes',
  due_date: 'Due',
  start_date: 'Start',
  recurrence: 'Repeat',
  reminders: 'Reminders',
  priority: 'Priority',
  tags: 'Tags',
  project: 'Project',
  remind_at: 'Reminder',
}

interface FieldChange {
  field: string
  from: string | null
  to: string
}

export function actionWords(action: string): string {
  return ACTIONS[action] ?? action
}

/** The fields that a person knows. Internal ones, such as the number of an occurrence, are not shown. */
export function fieldChanges(row: ProposalRow, now: Date, zone: string): FieldChange[] {
  const names = Object.keys(FIELDS).filter((name) => name in row.before || name in row.after)
  const says = (value: unknown) => valueWords(value, now, zone)
  return names
    .filter((name) => !(row.action === 'add' && name === 'title'))
    .map((name) => ({
      field: FIELDS[name] ?? name,
      from: row.action === 'add' || !(name in row.before) ? null : says(row.before[name]),
      to: says(row.after[name]),
    }))
    .filter(({ from, to }) => from !== to)
}

const DATE = /^\d{4}-\d\d-\d\d$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

function valueWords(value: unknown, now: Date, zone: string): string {
  if (value === null || value === undefined || value === '') return 'none'
  if (Array.isArray(value)) return value.map(String).join(', ') || 'none'
  const text = String(value)
  if (DATE.test(text) || MOMENT.test(text)) return dueDateTime(text, now, zone)
  return text
}
