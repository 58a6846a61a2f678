import { unwrap, type ApiClient } from './client'
import type { MeChange, TaskDraft, TaskPatch, TaskQuery } from './types'

/** The API operations that the page uses everywhere; those of the settings and the assistant are loaded with them. The browser and the Next.js server use the same list with
 * different base URLs. */
export function endpoints(client: ApiClient) {
  const task = (task_id: number) => ({ params: { path: { task_id } } })
  return {
    register: (body: { email: string; password: string; timezone: string }) =>
      unwrap(client.POST('/api/auth/register', { body: { name: '', ...body } })),
    login: (body: { email: string; password: string }) =>
      unwrap(client.POST('/api/auth/login', { body })),
    logout: () => unwrap(client.POST('/api/auth/logout')),
    me: () => unwrap(client.GET('/api/me')),
    changeMe: (body: MeChange) => unwrap(client.PATCH('/api/me', { body })),

    tasks: (query: TaskQuery, signal?: AbortSignal) =>
      unwrap(client.GET('/api/tasks', { params: { query }, signal })),
    counts: () => unwrap(client.GET('/api/tasks/counts')),
    projects: () => unwrap(client.GET('/api/projects')),
    task: (id: number) => unwrap(client.GET('/api/tasks/{task_id}', task(id))),
    createTask: (body: TaskDraft, idempotencyKey: string) =>
      unwrap(
        client.POST('/api/tasks', {
          params: { header: { 'idempotency-key': idempotencyKey } },
          body: { priority: 0, recurrence_mode: 'from_due', ...body },
        }),
      ),
    patchTask: (id: number, body: TaskPatch, version?: number) =>
      unwrap(
        client.PATCH('/api/tasks/{task_id}', {
          params: {
            path: { task_id: id },
            header: version === undefined ? {} : { 'if-match': `"${version}"` },
          },
          body,
        }),
      ),
    deleteTask: (id: number) => unwrap(client.DELETE('/api/tasks/{task_id}', task(id))),
    completeTask: (id: number) =>
      unwrap(client.POST('/api/tasks/{task_id}/complete', { ...task(id), body: {} })),
    reopenTask: (id: number) => unwrap(client.POST('/api/tasks/{task_id}/reopen', task(id))),
    skipTask: (id: number) => unwrap(client.POST('/api/tasks/{task_id}/skip', task(id))),
    restoreTask: (id: number) => unwrap(client.POST('/api/tasks/{task_id}/restore', task(id))),
    postponeTask: (id: number, due_date: string) =>
      unwrap(client.POST('/api/tasks/{task_id}/postpone', { ...task(id), body: { due_date } })),
    placeTask: (id: number, after: number | null) =>
      unwrap(client.POST('/api/tasks/{task_id}/move', { ...task(id), body: { after } })),
    parse: (text: string, timezone: string, dayFirst: boolean, signal?: AbortSignal) =>
      unwrap(
        client.POST('/api/tasks/parse', { body: { text, timezone, day_first: dayFirst }, signal }),
      ),

    notifications: () => unwrap(client.GET('/api/notifications')),

    ticket: () => unwrap(client.POST('/api/realtime/tickets')),
  }
}

export type Api = ReturnType<typeof endpoints>
