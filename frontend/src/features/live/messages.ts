import type { Notification, Task } from '@/api/types'

/** The messages of the WebSocket and their effects on this window, as pure functions. */

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
  | { type: 'project.changed'; project_id: number | null; cursor?: string }
  | { type: 'reminder.due'; notification: Notification; cursor?: string }
  | { type: 'status'; live_updates: 'ok' | 'delayed' }
  | { type: 'ping'; cursor?: string }

export interface LiveState {
  /** Sent when reconnecting: the server answers with the changes after it. */
  cursor: string | null
}

export type Effect =
  | { kind: 'refresh-tasks' }
  | { kind: 'refresh-notifications' }
  | { kind: 'changed'; id: number; version: number }
  | { kind: 'notify'; notification: Notification }
  | { kind: 'status'; status: 'live' | 'delayed' }

const TYPES: ReadonlySet<string> = new Set([
  'hello',
  'task.changed',
  'project.changed',
  'reminder.due',
  'status',
  'ping',
])

/** The message, or null for a type that this version of the page does not know. */
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

/** The next state and the effects of a message. */
export function receive(state: LiveState, message: LiveMessage): [LiveState, Effect[]] {
  switch (message.type) {
    case 'hello': {
      // The page may be older than the connection, even at the first hello.
      const effects: Effect[] = [{ kind: 'refresh-tasks' }, { kind: 'refresh-notifications' }]
      for (const change of message.changes ?? [])
        effects.push({ kind: 'changed', id: change.task_id, version: change.version })
      return [{ cursor: message.cursor }, effects]
    }
    case 'task.changed':
      return [
        advance(state, message.cursor),
        [
          { kind: 'refresh-tasks' },
          // A task that was done, moved or deleted elsewhere also ends its reminders.
          ...(message.event_type === 'task_created'
            ? []
            : [{ kind: 'refresh-notifications' } as const]),
          { kind: 'changed', id: message.task_id, version: message.task_version },
        ],
      ]
    case 'project.changed':
      return [advance(state, message.cursor), [{ kind: 'refresh-tasks' }]]
    case 'reminder.due':
      return [
        advance(state, message.cursor),
        [{ kind: 'refresh-notifications' }, { kind: 'notify', notification: message.notification }],
      ]
    case 'status':
      return [
        state,
        [{ kind: 'status', status: message.live_updates === 'delayed' ? 'delayed' : 'live' }],
      ]
    case 'ping':
      return [advance(state, message.cursor), []]
    default:
      message satisfies never
      return [state, []]
  }
}

/** A message without a cursor keeps the old one. Catching up then repeats some changes, which is harmless. */
function advance(state: LiveState, cursor: string | undefined): LiveState {
  return cursor ? { cursor } : state
}

/** Exponential backoff in milliseconds, up to 30 s, with jitter, so that many browsers do not reconnect at once. */
export function backoff(attempt: number, random: number): number {
  return Math.round(Math.min(30_000, 500 * 2 ** attempt) * (0.3 + 0.7 * random))
}
