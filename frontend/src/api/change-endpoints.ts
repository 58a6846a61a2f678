import { unwrap, type ApiClient } from './client'
import type { TaskDraft, TaskPatch } from './types'

/** A server that answers nothing for so long is treated as unreachable. */
const ANSWER_WITHIN = 20_000

export interface SendOptions {
  /** The Idempotency-Key: the same change with the same key is carried out once. */
  key: string
  /** The version that an edit was made on. */
  version?: number
  /** When a task was completed, if not now. */
  completedAt?: string
}

/** The API operations that change a task. */
export function changeEndpoints(client: ApiClient) {
  const signal = () => AbortSignal.timeout(ANSWER_WITHIN)
  const header = (key: string) => ({ 'idempotency-key': key })
  const about = (task_id: number, { key }: SendOptions) => ({
    params: { path: { task_id }, header: header(key) },
    signal: signal(),
  })
  return {
    createTask: (body: TaskDraft, { key }: SendOptions) =>
      unwrap(
        client.POST('/api/tasks', {
          params: { header: header(key) },
          body: { priority: 0, recurrence_mode: 'from_due', ...body },
          signal: signal(),
        }),
      ),
    patchTask: (id: number, body: TaskPatch, { key, version }: SendOptions) =>
      unwrap(
        client.PATCH('/api/tasks/{task_id}', {
          params: {
            path: { task_id: id },
            header: {
              ...header(key),
              ...(version !== undefined && { 'if-match': `"${version}"` }),
            },
          },
          body,
          signal: signal(),
        }),
      ),
    deleteTask: (id: number, options: SendOptions) =>
      unwrap(client.DELETE('/api/tasks/{task_id}', about(id, options))),
    completeTask: (id: number, options: SendOptions) =>
      unwrap(
        client.POST('/api/tasks/{task_id}/complete', {
          ...about(id, options),
          body: options.completedAt ? { completed_at: options.completedAt } : {},
        }),
      ),
    reopenTask: (id: number, options: SendOptions) =>
      unwrap(client.POST('/api/tasks/{task_id}/reopen', about(id, options))),
    skipTask: (id: number, options: SendOptions) =>
      unwrap(client.POST('/api/tasks/{task_id}/skip', about(id, options))),
    restoreTask: (id: number, options: SendOptions) =>
      unwrap(client.POST('/api/tasks/{task_id}/restore', about(id, options))),
    postponeTask: (id: number, due_date: string, allow_past: boolean, options: SendOptions) =>
      unwrap(
        client.POST('/api/tasks/{task_id}/postpone', {
          ...about(id, options),
          body: { due_date, allow_past },
        }),
      ),
    placeTask: (id: number, after: number | null, options: SendOptions) =>
      unwrap(client.POST('/api/tasks/{task_id}/move', { ...about(id, options), body: { after } })),
  }
}

export type ChangeApi = ReturnType<typeof changeEndpoints>
