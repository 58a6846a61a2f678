import { unwrap, type ApiClient } from './client'
import type { MeChange, TaskQuery } from './types'

/**
 * The API operations that the page uses everywhere; those that change tasks, of the settings and the assistant are
 * loaded with them. The browser and the Next.js server use the same list with different base URLs.
 */
export function endpoints(client: ApiClient) {
  const task = (task_id: number) => ({ params: { path: { task_id } } })
  return {
    register: (body: { email: string; password: string; timezone: string; invitation?: string }) =>
      unwrap(client.POST('/api/auth/register', { body: { name: '', ...body } })),
    login: (body: { email: string; password: string; keep?: boolean }) =>
      unwrap(client.POST('/api/auth/login', { body: { keep: false, ...body } })),
    logout: () => unwrap(client.POST('/api/auth/logout')),
    me: () => unwrap(client.GET('/api/me')),
    changeMe: (body: MeChange) => unwrap(client.PATCH('/api/me', { body })),

    tasks: (query: TaskQuery, signal?: AbortSignal) =>
      unwrap(client.GET('/api/tasks', { params: { query }, signal })),
    counts: () => unwrap(client.GET('/api/tasks/counts')),
    projects: () => unwrap(client.GET('/api/projects')),
    task: (id: number) => unwrap(client.GET('/api/tasks/{task_id}', task(id))),
    parse: (text: string, timezone: string, dayFirst: boolean, signal?: AbortSignal) =>
      unwrap(
        client.POST('/api/tasks/parse', { body: { text, timezone, day_first: dayFirst }, signal }),
      ),

    notifications: () => unwrap(client.GET('/api/notifications')),

    ticket: () => unwrap(client.POST('/api/realtime/tickets')),
  }
}
