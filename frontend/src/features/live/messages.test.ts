import { describe, expect, test } from 'vitest'
import type { Notification } from '@/api/types'
import { backoff, readMessage, receive } from './messages'

const START = { cursor: null }

describe('live messages', () => {
  test('the first hello refreshes the page, which may be older than the connection', () => {
    const [state, effects] = receive(START, { type: 'hello', cursor: '7', changes: [] })
    expect(state).toEqual({ cursor: '7' })
    expect(effects).toEqual([{ kind: 'refresh-tasks' }, { kind: 'refresh-notifications' }])
  })

  test('a hello after a lost connection has the changes made meanwhile', () => {
    const [, effects] = receive(
      { cursor: '7' },
      { type: 'hello', cursor: '9', changes: [{ task_id: 3, version: 5 }] },
    )
    expect(effects).toContainEqual({ kind: 'changed', id: 3, version: 5 })
  })

  test('a change without a cursor refreshes the tasks and keeps the old cursor', () => {
    const [state, effects] = receive(
      { cursor: '7' },
      { type: 'task.changed', event_type: 'task_created', task_id: 4, task_version: 1, task: null },
    )
    expect(state).toEqual({ cursor: '7' })
    expect(effects).toEqual([{ kind: 'refresh-tasks' }, { kind: 'changed', id: 4, version: 1 }])
  })

  test('a change of a task refreshes the notifications', () => {
    const [, effects] = receive(START, {
      type: 'task.changed',
      event_type: 'task_completed',
      task_id: 4,
      task_version: 2,
      task: null,
    })
    expect(effects).toContainEqual({ kind: 'refresh-notifications' })
  })

  test('every message with a cursor advances the cursor', () => {
    expect(receive({ cursor: '7' }, { type: 'ping', cursor: '8' })[0]).toEqual({ cursor: '8' })
    expect(receive({ cursor: '7' }, { type: 'ping' })).toEqual([{ cursor: '7' }, []])
  })

  test('a due reminder refreshes the notifications and shows a toast', () => {
    const notification = { id: 1, title: 'Water plants' } as Notification
    const [, effects] = receive(START, { type: 'reminder.due', notification })
    expect(effects).toContainEqual({ kind: 'notify', notification })
  })

  test('the server reports whether live updates are delayed', () => {
    const delayed = receive(START, { type: 'status', live_updates: 'delayed' })
    expect(delayed).toEqual([START, [{ kind: 'status', status: 'delayed' }]])
    const ok = receive(START, { type: 'status', live_updates: 'ok' })
    expect(ok).toEqual([START, [{ kind: 'status', status: 'live' }]])
  })

  test('an unknown or invalid message is ignored', () => {
    expect(readMessage('{"type":"board.moved"}')).toBeNull()
    expect(readMessage('{')).toBeNull()
    expect(readMessage('null')).toBeNull()
    expect(readMessage(new Blob())).toBeNull()
    expect(readMessage('{"type":"ping"}')).toEqual({ type: 'ping' })
  })
})

describe('reconnecting', () => {
  test('waits longer each time, at most half a minute, with jitter', () => {
    expect(backoff(0, 1)).toBe(500)
    expect(backoff(3, 1)).toBe(4000)
    expect(backoff(20, 1)).toBe(30_000)
    expect(backoff(3, 0)).toBe(1200)
  })
})
