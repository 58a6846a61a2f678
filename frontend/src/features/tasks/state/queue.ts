/** The queue of changes, as components use it. The outbox behind it is loaded after the first paint. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Me } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import type { Change } from '../model/changes'
import type { Outbox } from './outbox/outbox'
import type { SendOptions } from './outbox/sending'
import type { OutboxRow } from './rows'
import type { Step } from './undo'

export type { SendOptions }

export function useChangeQueue() {
  const client = useQueryClient()
  const { zone } = useClock()
  return useMemo(() => {
    const outbox = async () => {
      const { outboxOf } = await import('./outbox/current')
      const me = client.getQueryData<Me>(keys.me)
      if (!me) throw new Error('the outbox needs Providers')
      return outboxOf(client, me.id, zone)
    }
    const kept = async (store: (outbox: Outbox) => Promise<void>): Promise<boolean> => {
      try {
        await store(await outbox())
        return true
      } catch {
        // The code of the outbox could not be loaded.
        toast.error('This change could not be saved. Reload the page and try again.')
        return false
      }
    }
    return {
      /** Resolves to true once the change is stored in this browser: from then on it cannot get lost. */
      send: (change: Change, options: SendOptions = {}) =>
        kept((outbox) => outbox.send(change, options)),
      /** Moves a task one place up or down in its list. */
      shift: (id: number, step: 1 | -1) => kept((outbox) => outbox.shift(id, step)),
      /** Sends what waits, without delay. */
      flush: async (row?: OutboxRow) => (await outbox()).tryAgain(row),
      undo: async (step?: Step) => (await outbox()).steps.undo(step),
      outbox,
    }
  }, [client, zone])
}
