'use client'

import { onlineManager, useMutationState } from '@tanstack/react-query'
import { CloudOff, RefreshCw } from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { toast } from 'sonner'
import { liveStatus } from '@/features/live/status'
import { plural } from '@/lib/words'

export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
    () => true,
  )
}

/** One thin line when the network or the live updates are away; silence otherwise. */
export function QuietBar() {
  const online = useOnline()
  const delayed = liveStatus.use() === 'delayed'
  const waiting = useMutationState({
    filters: { mutationKey: ['change'], status: 'pending' },
    select: (mutation) => mutation.state.isPaused,
  }).length
  const held = useRef(0)
  const [announced, setAnnounced] = useState('')

  useEffect(() => {
    if (!online) held.current = Math.max(held.current, waiting)
    else if (held.current > 0 && waiting === 0) {
      const words = `Back online. ${plural(held.current, 'change')} sent.`
      held.current = 0
      toast(words)

      setAnnounced(words)
    }
  }, [online, waiting])

  const words = !online
    ? waiting
      ? `Offline. ${plural(waiting, 'change')} waiting.`
      : 'Offline. You can go on working.'
    : delayed
      ? 'Live updates are delayed.'
      : ''
  return (
    <div role="status" className="sticky top-0 z-30">
      <span className="sr-only">{announced}</span>
      {words && (
        <div className="flex h-8 animate-fade items-center justify-center gap-2 border-b bg-side text-13 text-soft">
          {online ? (
            <RefreshCw aria-hidden className="size-3.5" strokeWidth={1.75} />
          ) : (
            <CloudOff aria-hidden className="size-3.5" strokeWidth={1.75} />
          )}
          {words}
        </div>
      )}
    </div>
  )
}
