import type { components, operations } from './schema'

/** Short names for the shapes in the server's OpenAPI schema. */

type Schemas = components['schemas']

export type Me = Schemas['Me']
export type MeChange = Partial<Omit<Me, 'id' | 'email' | 'email_confirmed' | 'is_admin'>>
/** Without `fate`, the deprecated name of `status`. */
export type Task = Omit<Schemas['Task'], 'fate'>
type NewTask = Schemas['NewTask']
export type TaskDraft = Pick<NewTask, 'title'> & Partial<NewTask>
/** The server's TaskChanges, with null only in the fields that can be null in a task. */
export type TaskPatch = Partial<
  Pick<
    Task,
    | 'title'
    | 'description'
    | 'due_date'
    | 'start_date'
    | 'all_day'
    | 'timezone'
    | 'recurrence'
    | 'recurrence_mode'
    | 'reminders'
    | 'priority'
    | 'tags'
    | 'project_id'
  >
>
export type TaskPage = Omit<Schemas['TaskPage'], 'items'> & { items: Task[] }
export type TaskQuery = NonNullable<operations['listTasks']['parameters']['query']>
export type Project = Schemas['ProjectItem']
export type ProjectPage = Schemas['ProjectPage']
export type ProjectDraft = Pick<Schemas['NewProject'], 'name'> & Partial<Schemas['NewProject']>
export type ProjectPatch = Partial<Pick<Project, 'name' | 'colour' | 'icon'>>
export type Colour = Project['colour']
export type Status = Schemas['Status']
export type RecurrenceMode = Schemas['RecurrenceMode']
export type Counts = Schemas['Counts']
export type Count = Schemas['Count']
export type Occurrence = Schemas['PreviewedOccurrence']
export type Preview = Schemas['Preview']
export type PreviewQuery = Schemas['PreviewRequest']
export type Parsed = Schemas['Parsed']
export type Span = Schemas['Span']
/** openapi-fetch answers the [before, after] tuples of the schema as plain arrays. */
export type HistoryEntry = Omit<Schemas['HistoryEntry'], 'changes'> & {
  changes: Record<string, unknown[]>
}
export type OccurrenceRow = Schemas['PastOccurrence']
export type ReminderRow = Schemas['Reminder']
export type RemindersDraft = Schemas['DraftReminders']
export type Delivery = Schemas['Delivery']
export type Notification = Schemas['Notification']
export type NotificationPage = Schemas['NotificationPage']
export type Token = Schemas['Token']
export type TokenPage = Schemas['TokenPage']
export type Session = Schemas['Session']
export type AccountEvent = Schemas['AccountEntry']
export type ConnectionRequest = Schemas['ConnectionRequest']
export type Scope = ConnectionRequest['scopes'][number]
export type Assistant = Schemas['ConnectedAssistant']
export type AssistantPage = Schemas['ConnectedAssistants']
export type Channel = Schemas['Channel']
export type ChannelPage = Schemas['ChannelPage']
export type ChannelDraft = Pick<Schemas['NewChannel'], 'kind' | 'config'> &
  Partial<Schemas['NewChannel']>
export type ChannelKind = Channel['kind']
export type ImportReport = Schemas['ImportResult']
