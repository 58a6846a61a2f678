import type { Notification, Task } from '@/api/types'

/** What the server says over the WebSocket, and what it means for this window. Pure: the connection and the cache are elsewhere. */

export type LiveMessage =
  | { type: 'hello'; cursor: string; changes: { task_id: number; version: number }[] }
  | {
      type: 'task.changed'
      event_type: string
      task_id: number
      task_version: number
      task: Task | null
      cursor?: string
    }
  | { type: 'reminder.due'; notification: Notification; cursor?: string }
  | { type: 'status'; live_updates: 'ok' | 'delayed' }
  | { type: 'ping'; cursor?: string }

export interface LiveState {
  /** Where to catch up from after a lost connection. */
  cursor: string | null
}

export type Effect =
  | { kind: 'refresh-tasks' }
  | { kind: 'refresh-notifications' }
  | { kind: 'changed'; id: number; version: number }
  | { kind: 'ring'; notification: Notification }
  | { kind: 'status'; status: 'live' | 'delayed' }

const TYPES: ReadonlySet<string> = new Set([
  'hello',
  'task.changed',
  'reminder.due',
  'status',
  'ping',
])

/** Null for what this version of the page does not know: a newer server may say more. */
export function readMessage(data: unknown): LiveMessage | null {
  if (typeof data !== 'string') return null
  try {
    const message: unknown = JSON.parse(data)
    if (typeof message !== 'object' || message === null || !('type' in message)) return null
    return TYPES.has(String(message.type)) ? (message as LiveMessage) : null
  } catch {
    return null
  }
}

export function receive(state: LiveState, message: LiveMessage): [LiveState, Effect[]] {
  switch (message.type) {
    case 'hello': {
      // The page may be older than the connection, also at the first hello: ask once.
      const effects: Effect[] = [{ kind: 'refresh-tasks' }, { kind: 'refresh-notifications' }]
      for (const change of message.changes ?? [])
        effects.push({ kind: 'changed', id: change.task_id, version: change.version })
      return [{ cursor: message.cursor }, effects]
    }
    case 'task.changed':
      return [
        moved(state, message.cursor),
        [
          { kind: 'refresh-tasks' },
          // What was done, moved or deleted elsewhere may have answered its reminder too.
          ...(message.event_type === 'task_created'
            ? []
            : [{ kind: 'refresh-notifications' } as const]),
          { kind: 'changed', id: message.task_id, version: message.task_version },
        ],
      ]
    case 'reminder.due':
      return [
        moved(state, message.cursor),
        [{ kind: 'refresh-notifications' }, { kind: 'ring', notification: message.notification }],
      ]
    case 'status':
      return [
        state,
        [{ kind: 'status', status: message.live_updates === 'delayed' ? 'delayed' : 'live' }],
      ]
    case 'ping':
      return [moved(state, message.cursor), []]
    default:
      message satisfies never
      return [state, []]
  }
}

/** Messages without a cursor leave the old one: catching up then repeats some, and repeating is harmless. */
function moved(state: LiveState, cursor: string | undefined): LiveState {
  return cursor ? { cursor } : state
}

/** Full jitter on a doubling ceiling: many browsers do not come back in step. */
export function backoff(attempt: number, random: number): number {
  return Math.round(Math.min(30_000, 500 * 2 ** attempt) * (0.3 + 0.7 * random))
}
