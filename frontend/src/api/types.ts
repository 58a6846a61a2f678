import type { components, operations } from './schema'

/** The server's own shapes under short names; nothing is described twice. */

type Schemas = components['schemas']

export type Me = Schemas['Me']
export type MeChange = Partial<Omit<Me, 'id' | 'email' | 'is_admin'>>
export type Task = Schemas['Task']
export type CompletedTask = Schemas['CompletedTask']
type NewTask = Schemas['NewTask']
export type TaskDraft = Pick<NewTask, 'title'> & Partial<NewTask>
/** Like the server's TaskChanges, but null only where a task can have it. */
export type TaskPatch = Partial<
  Pick<
    Task,
    | 'title'
    | 'description'
    | 'due_date'
    | 'all_day'
    | 'timezone'
    | 'recurrence'
    | 'recurrence_mode'
    | 'reminders'
    | 'priority'
    | 'tags'
  >
>
export type TaskPage = Schemas['TaskPage']
export type TaskQuery = NonNullable<operations['listTasks']['parameters']['query']>
export type Fate = Schemas['Fate']
export type RecurrenceMode = Schemas['RecurrenceMode']
export type Counts = Schemas['Counts']
export type Count = Schemas['Count']
export type Occurrence = Schemas['PreviewedOccurrence']
export type Preview = Schemas['Preview']
export type PreviewQuery = Schemas['PreviewRequest']
export type Parsed = Schemas['Parsed']
export type Span = Pick<Schemas['Span'], 'start' | 'end'> & { kind: string }
export type HistoryEntry = Omit<Schemas['HistoryEntry'], 'changes'> & {
  changes: Record<string, unknown[]>
}
export type OccurrenceRow = Schemas['PastOccurrence']
export type ReminderRow = Schemas['Reminder']
export type Delivery = Schemas['Delivery']
export type Notification = Schemas['Notification']
export type NotificationPage = Schemas['NotificationPage']
export type Token = Schemas['Token']
export type TokenPage = Schemas['TokenPage']
export type Channel = Schemas['Channel']
export type ChannelPage = Schemas['ChannelPage']
export type ChannelDraft = Pick<Schemas['NewChannel'], 'kind' | 'config'> &
  Partial<Schemas['NewChannel']>
export type ChannelKind = Channel['kind']
export type ImportReport = Schemas['ImportResult']
