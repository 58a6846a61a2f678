/** Fetches the lists and counts again when a new day begins: the tasks of the new day were not part of them. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { dateField, wallClock } from '@/lib/zoned'
import { useClock } from './clock'
import { keys, refetch } from './query-keys'

export function NewDay({ mayRefetch }: { mayRefetch: () => boolean }) {
  const { now, zone } = useClock()
  const client = useQueryClient()
  const today = dateField(wallClock(now, zone))
  const shown = useRef(today)
  useEffect(() => {
    if (shown.current === today || !mayRefetch()) return
    shown.current = today
    void refetch(client, keys.lists)
    void refetch(client, keys.counts)
  }, [client, mayRefetch, today, now])
  return null
}
