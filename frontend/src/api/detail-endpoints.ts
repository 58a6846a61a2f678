import { unwrap, type ApiClient } from './client'
import type { PreviewQuery, RemindersDraft } from './types'

/** The API operations of an open task, of what is typed, and of the answers to notifications. */
export function detailEndpoints(client: ApiClient) {
  const task = (task_id: number) => ({ params: { path: { task_id } } })
  const notification = (notification_id: number) => ({ params: { path: { notification_id } } })
  return {
    preview: (body: PreviewQuery, signal?: AbortSignal) =>
      unwrap(client.POST('/api/recurrence/preview', { body, signal })),
    previewReminders: (body: RemindersDraft, signal?: AbortSignal) =>
      unwrap(client.POST('/api/reminders/preview', { body, signal })),

    nextDates: (id: number, count: number) =>
      unwrap(
        client.GET('/api/tasks/{task_id}/next-dates', {
          params: { path: { task_id: id }, query: { count } },
        }),
      ),
    history: (id: number) => unwrap(client.GET('/api/tasks/{task_id}/history', task(id))),
    occurrences: (id: number) => unwrap(client.GET('/api/tasks/{task_id}/occurrences', task(id))),
    reminders: (id: number) => unwrap(client.GET('/api/tasks/{task_id}/reminders', task(id))),
    readAllNotifications: () => unwrap(client.POST('/api/notifications/read-all')),
    readNotification: (id: number) =>
      unwrap(client.POST('/api/notifications/{notification_id}/read', notification(id))),
    doneNotification: (id: number) =>
      unwrap(client.POST('/api/notifications/{notification_id}/done', notification(id))),
    snoozeNotification: (id: number, until: string) =>
      unwrap(
        client.POST('/api/notifications/{notification_id}/snooze', {
          ...notification(id),
          body: { until },
        }),
      ),
  }
}
