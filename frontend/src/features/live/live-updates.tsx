/** Applies live updates to this window. Messages only invalidate queries: the data always comes from the API. */
'use client'

import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api } from '@/api/browser'
import { knownTask } from '@/features/tasks/state/cache'
import { glow } from '@/features/tasks/state/row-feedback'
import { allSaved, sentAt } from '@/features/tasks/state/rows'
import { connections, setLive } from '@/session/live-status'
import { keys, refetch } from '@/session/query-keys'
import { toLogin } from '@/session/to-login'
import { LiveConnection } from './connection'
import { receive, type Effect, type LiveState } from './messages'

/** Messages of a burst are answered by one refetch. */
const TASKS_AFTER = 60
/** The history of a task is written about a tenth of a second after the change. */
const ACTIVITY_AFTER = 500
/** A message about a task this soon after an own change is the echo of that change. */
const ECHO = 3_000

export function LiveUpdates() {
  const client = useQueryClient()
  useEffect(() => {
    let state: LiveState = { cursor: null }
    const tasks = delayed(TASKS_AFTER, () => {
      // The queue refetches when its own changes are saved.
      if (allSaved()) void refetch(client, keys.all)
    })
    const activity = delayed(ACTIVITY_AFTER, () => void refetch(client, keys.activity))

    const apply = (effect: Effect) => {
      switch (effect.kind) {
        case 'refresh-tasks':
          tasks.start()
          return activity.start()
        case 'refresh-notifications':
          return void refetch(client, keys.notifications)
        case 'changed':
          if (changedElsewhere(client, effect.id, effect.version)) glow(effect.id)
          return
        case 'notify':
          return void import('@/features/notifications/reminder-toast').then(({ showReminder }) =>
            showReminder(client, effect.notification),
          )
        case 'status':
          return setLive(effect.status)
        default:
          effect satisfies never
      }
    }

    const connection = new LiveConnection({
      ticket: () => api.ticket(),
      since: () => state.cursor,
      onSignedOut: toLogin,
      onDelayed: () => setLive('delayed'),
      onMessage: (message) => {
        if (message.type === 'hello') {
          setLive('live')
          connections.set((count) => count + 1)
        }
        const [next, effects] = receive(state, message)
        state = next
        effects.forEach(apply)
      },
    })
    connection.start()
    return () => {
      connection.stop()
      tasks.cancel()
      activity.cancel()
    }
  }, [client])

  return null
}

/** Runs `work` once after the last start. */
function delayed(milliseconds: number, work: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const cancel = () => clearTimeout(timer)
  return {
    start: () => {
      cancel()
      timer = setTimeout(work, milliseconds)
    },
    cancel,
  }
}

function changedElsewhere(client: QueryClient, id: number, version: number): boolean {
  const own = Date.now() - (sentAt.get(id) ?? 0) < ECHO
  return !own && knownTask(client, id)?.version !== version
}
