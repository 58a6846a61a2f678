'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api } from '@/api/browser'
import { Problem } from '@/api/problem'
import { knownTask } from '@/features/tasks/state/cache'
import { CHANGE, allSaved } from '@/features/tasks/state/unsaved-changes'
import { glow } from '@/features/tasks/state/row-feedback'
import { backoff, readMessage, receive, type Effect, type LiveState } from './messages'
import { connections, setLive } from '@/session/live-status'
import { keys, refetch } from '@/session/query-keys'

/** The server pings every 20 s: twice that in silence means the line is dead without having said so. */
const SILENCE = 45_000
/** A line that opens and says nothing is no line. */
const HELLO = 8_000
/** Shorter breaks are nobody's business. */
const PATIENCE = 4_000
/** What happened to a task is written down a tenth of a second after it did. */
const HISTORY = 500

/** Keeps one WebSocket open per window; messages only invalidate, so the server stays the one source. */
export function LiveUpdates() {
  const client = useQueryClient()
  const state = useRef<LiveState>({ cursor: null })

  useEffect(() => {
    let socket: WebSocket | null = null
    let stopped = false
    let attempt = 0
    let retry: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    let patience: ReturnType<typeof setTimeout> | undefined
    let refresh: ReturnType<typeof setTimeout> | undefined
    let retell: ReturnType<typeof setTimeout> | undefined

    const apply = (effect: Effect) => {
      switch (effect.kind) {
        case 'refresh-tasks':
          clearTimeout(refresh)
          refresh = setTimeout(() => {
            // Own changes under way ask for themselves when they have settled.
            if (allSaved(client)) void refetch(client, keys.all)
          }, 60)
          clearTimeout(retell)
          retell = setTimeout(() => {
            void refetch(client, keys.activity)
          }, HISTORY)
          return
        case 'refresh-notifications':
          return void refetch(client, keys.notifications)
        case 'changed': {
          const known = knownTask(client, effect.id)
          const own = client
            .getMutationCache()
            .findAll({ mutationKey: CHANGE })
            .some(
              (mutation) =>
                touches(mutation.state.variables, effect.id) && recent(mutation.state.submittedAt),
            )
          if (!own && known?.version !== effect.version) glow(effect.id)
          return
        }
        case 'ring':
          return void import('@/features/notifications/reminder-toast').then(({ showReminder }) =>
            showReminder(client, effect.notification),
          )
        case 'status':
          return setLive(effect.status)
        default:
          effect satisfies never
      }
    }

    const heard = (limit = SILENCE) => {
      clearTimeout(silence)
      silence = setTimeout(() => socket?.close(), limit)
    }

    const later = () => {
      if (stopped) return
      clearTimeout(retry)
      retry = setTimeout(() => void connect(), backoff(attempt++, Math.random()))
      patience ??= setTimeout(() => setLive('delayed'), PATIENCE)
    }

    const connect = async () => {
      if (stopped || socket || !navigator.onLine) return
      let ticket: string
      try {
        ticket = (await api.ticket()).ticket
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return
        return later()
      }
      if (stopped || socket) return
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
      const query = new URLSearchParams({ ticket })
      if (state.current.cursor) query.set('since', state.current.cursor)
      socket = new WebSocket(`${scheme}://${location.host}/ws?${query}`)
      heard(HELLO)
      socket.onmessage = (event) => {
        const message = readMessage(event.data)
        heard()
        if (!message) return
        if (message.type === 'hello') {
          attempt = 0
          clearTimeout(patience)
          patience = undefined
          setLive('live')
          connections.set((count) => count + 1)
        }
        const [next, effects] = receive(state.current, message)
        state.current = next
        effects.forEach(apply)
      }
      socket.onclose = () => {
        clearTimeout(silence)
        socket = null
        later()
      }
    }

    const now = () => {
      if (socket || document.visibilityState === 'hidden') return
      attempt = 0
      clearTimeout(retry)
      void connect()
    }
    const gone = () => socket?.close()

    void connect()
    window.addEventListener('online', now)
    window.addEventListener('offline', gone)
    document.addEventListener('visibilitychange', now)
    return () => {
      stopped = true
      for (const timer of [retry, silence, patience, refresh, retell]) clearTimeout(timer)
      window.removeEventListener('online', now)
      window.removeEventListener('offline', gone)
      document.removeEventListener('visibilitychange', now)
      if (socket) {
        socket.onclose = null
        socket.close()
      }
    }
  }, [client])

  return null
}

function touches(variables: unknown, id: number): boolean {
  const change = (variables as { change?: { task?: { id: number } } } | undefined)?.change
  return change?.task?.id === id
}

function recent(submittedAt: number): boolean {
  return Date.now() - submittedAt < 3000
}
