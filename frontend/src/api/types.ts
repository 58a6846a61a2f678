/** The shapes the page works with, as the server sends them. */

export type RecurrenceMode = 'from_due' | 'from_completion' | 'skip_missed'
export type Fate = 'open' | 'done' | 'skipped' | 'missed'

export interface Me {
  id: string
  email: string
  name: string | null
  is_admin: boolean
  timezone: string
  default_reminders: string[]
  quiet_from: string | null
  quiet_until: string | null
  away_from: string | null
  away_until: string | null
  escalate_after: number | null
}

export type MeChange = Partial<Omit<Me, 'id' | 'email' | 'is_admin'>>

export interface Task {
  id: number
  title: string
  description: string | null
  completed: boolean
  completed_at: string | null
  due_date: string | null
  all_day: boolean
  timezone: string
  recurrence: string | null
  recurrence_text: string | null
  recurrence_mode: RecurrenceMode
  reminders: string[]
  priority: number
  tags: string[]
  series_id: string | null
  occurrence: number | null
  fate: Fate
  version: number
  created_at: string
  updated_at: string
  deleted_at: string | null
}

export interface CompletedTask extends Task {
  next_due_date?: string | null
}

export interface TaskDraft {
  title: string
  description?: string | null
  due_date?: string | null
  all_day?: boolean
  timezone?: string
  recurrence?: string | null
  recurrence_mode?: RecurrenceMode
  reminders?: string[]
  priority?: number
  tags?: string[]
}

export type TaskPatch = Partial<TaskDraft>

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export type TaskStatus = 'open' | 'completed' | 'all' | 'trash'

export interface TaskQuery {
  status?: TaskStatus
  q?: string
  due_from?: string
  due_to?: string
  tag?: string
  limit?: number
  cursor?: string
}

export interface Capped {
  value: number
  capped: boolean
}

export interface Counts {
  inbox: number
  today: number
  overdue: number
  upcoming: number
  open: number
  completed: Capped
}

export interface Occurrence {
  due_date: string
  note: string | null
}

export interface Preview {
  recurrence_text: string
  occurrences: Occurrence[]
}

export interface PreviewQuery {
  due_date: string
  timezone: string
  recurrence: string
  recurrence_mode?: RecurrenceMode
  all_day?: boolean
  count: number
}

export interface ParsedTask {
  title: string
  due_date: string | null
  all_day: boolean
  timezone: string
  recurrence: string | null
  recurrence_text: string | null
  reminders: string[] | null
  priority: number
  tags: string[]
}

export interface Span {
  start: number
  end: number
  kind: string
}

export interface Parsed {
  task: ParsedTask
  spans: Span[]
  occurrences: Occurrence[]
}

export interface HistoryEntry {
  id: string | number
  event_type: string
  at: string
  actor: { kind: string; name: string | null }
  changes: Record<string, [unknown, unknown]>
}

export interface OccurrenceRow {
  occurrence: number
  task_id: number | null
  due_date: string | null
  fate: Fate
  at: string | null
}

export type DeliveryState = string

export interface Delivery {
  id: string | number
  channel: string
  state: DeliveryState
  attempt: number
  next_try_at: string | null
  sent_at: string | null
  reason: string | null
  late_seconds: number | null
  acknowledged_at: string | null
}

export interface ReminderRow {
  id: string | number
  remind_at: string
  offset: string | null
  state: string
  deliveries: Delivery[]
}

export interface Notification {
  id: string | number
  task_id: number | null
  reminder_id: string | number | null
  title: string
  body: string | null
  due_at: string | null
  late_seconds: number
  created_at: string
  read_at: string | null
  acknowledged_at: string | null
}

export interface NotificationPage extends Page<Notification> {
  unread: number
}

export interface Token {
  id: string | number
  name: string
  scope: 'read' | 'write'
  expires_at: string | null
  created_at: string
  last_used_at: string | null
  prefix: string
  token?: string
}

export interface Channel {
  id: string | number
  kind: string
  name?: string | null
  address?: string | null
  enabled?: boolean
  position?: number
  verified_at?: string | null
  last_error?: string | null
}

export interface ChannelDraft {
  kind: string
  name?: string
  address?: string
  enabled?: boolean
}

export interface ImportReport {
  created: number
  updated: number
  unchanged: number
  unsupported: { uid: string | null; summary: string | null; property: string; reason: string }[]
}

export interface Ticket {
  ticket: string
  expires_at: string
}
