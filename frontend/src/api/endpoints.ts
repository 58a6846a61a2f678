import type { Http } from './http'
import type {
  Channel,
  ChannelDraft,
  CompletedTask,
  Counts,
  HistoryEntry,
  ImportReport,
  Me,
  MeChange,
  Notification,
  NotificationPage,
  OccurrenceRow,
  Page,
  Parsed,
  Preview,
  PreviewQuery,
  ReminderRow,
  Task,
  TaskDraft,
  TaskPatch,
  TaskQuery,
  Ticket,
  Token,
} from './types'

type Id = string | number

/** Every operation the page uses, once; the browser and the server side call the same list over their own way in. */
export function endpoints(http: Http) {
  return {
    register: (body: { email: string; password: string; timezone: string }) =>
      http<Me>('POST', '/api/auth/register', { body }),
    login: (body: { email: string; password: string }) =>
      http<Me>('POST', '/api/auth/login', { body }),
    logout: () => http<void>('POST', '/api/auth/logout'),
    me: () => http<Me>('GET', '/api/me'),
    changeMe: (body: MeChange) => http<Me>('PATCH', '/api/me', { body }),

    tokens: () => http<Page<Token>>('GET', '/api/tokens'),
    createToken: (body: { name: string; scope: 'read' | 'write'; expires_in_days?: number }) =>
      http<Token>('POST', '/api/tokens', { body }),
    deleteToken: (id: Id) => http<void>('DELETE', `/api/tokens/${id}`),

    tasks: (query: TaskQuery, signal?: AbortSignal) =>
      http<Page<Task>>('GET', '/api/tasks', { query: { ...query }, signal }),
    counts: () => http<Counts>('GET', '/api/tasks/counts'),
    task: (id: number) => http<Task>('GET', `/api/tasks/${id}`),
    createTask: (body: TaskDraft, idempotencyKey: string) =>
      http<Task>('POST', '/api/tasks', { body, headers: { 'idempotency-key': idempotencyKey } }),
    patchTask: (id: number, body: TaskPatch, version?: number) =>
      http<Task>('PATCH', `/api/tasks/${id}`, {
        body,
        headers: version === undefined ? undefined : { 'if-match': `"${version}"` },
      }),
    deleteTask: (id: number) => http<void>('DELETE', `/api/tasks/${id}`),
    completeTask: (id: number, completedAt?: string) =>
      http<CompletedTask>('POST', `/api/tasks/${id}/complete`, {
        body: completedAt ? { completed_at: completedAt } : {},
      }),
    reopenTask: (id: number) => http<Task>('POST', `/api/tasks/${id}/reopen`),
    skipTask: (id: number) => http<CompletedTask>('POST', `/api/tasks/${id}/skip`),
    restoreTask: (id: number) => http<Task>('POST', `/api/tasks/${id}/restore`),
    postponeTask: (id: number, dueDate: string) =>
      http<Task>('POST', `/api/tasks/${id}/postpone`, { body: { due_date: dueDate } }),
    parse: (text: string, timezone: string, signal?: AbortSignal) =>
      http<Parsed>('POST', '/api/tasks/parse', { body: { text, timezone }, signal }),
    preview: (body: PreviewQuery, signal?: AbortSignal) =>
      http<Preview>('POST', '/api/recurrence/preview', { body, signal }),

    history: (id: number) => http<Page<HistoryEntry>>('GET', `/api/tasks/${id}/history`),
    occurrences: (id: number) => http<Page<OccurrenceRow>>('GET', `/api/tasks/${id}/occurrences`),
    reminders: (id: number) => http<{ items: ReminderRow[] }>('GET', `/api/tasks/${id}/reminders`),

    notifications: () => http<NotificationPage>('GET', '/api/notifications'),
    readNotification: (id: Id) => http<Notification>('POST', `/api/notifications/${id}/read`),
    doneNotification: (id: Id) => http<Notification>('POST', `/api/notifications/${id}/done`),
    snoozeNotification: (id: Id, until: string) =>
      http<Notification>('POST', `/api/notifications/${id}/snooze`, { body: { until } }),

    channels: () => http<Page<Channel>>('GET', '/api/channels'),
    createChannel: (body: ChannelDraft) => http<Channel>('POST', '/api/channels', { body }),
    changeChannel: (id: Id, body: Partial<ChannelDraft>) =>
      http<Channel>('PATCH', `/api/channels/${id}`, { body }),
    deleteChannel: (id: Id) => http<void>('DELETE', `/api/channels/${id}`),
    testChannel: (id: Id) => http<unknown>('POST', `/api/channels/${id}/test`),

    importCalendar: (text: Blob) =>
      http<ImportReport>('POST', '/api/import', {
        body: text,
        headers: { 'content-type': 'text/calendar' },
      }),
    ticket: () => http<Ticket>('POST', '/api/realtime/tickets'),
  }
}

export type Api = ReturnType<typeof endpoints>
