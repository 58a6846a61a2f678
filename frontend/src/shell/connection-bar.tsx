'use client'

import { onlineManager, useMutationState } from '@tanstack/react-query'
import { CloudAlert, CloudOff, RefreshCw, type LucideIcon } from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { toast } from '@/components/ui/toast'
import { connections, liveStatus } from '@/session/live-status'
import { useTaskActions } from '@/features/tasks/state/actions'
import { CHANGE, unsavedChanges } from '@/features/tasks/state/unsaved-changes'
import { plural } from '@/lib/words'

export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
    () => true,
  )
}

/** One thin line when the network, the server or the live updates are away; silence otherwise. */
export function QuietBar() {
  const online = useOnline()
  const actions = useTaskActions()
  const delayed = liveStatus.use() === 'delayed'
  const hello = connections.use()
  const unsaved = unsavedChanges.use()
  const waiting = useMutationState({
    filters: { mutationKey: CHANGE, status: 'pending' },
    select: (mutation) => mutation.state.isPaused,
  }).length
  const most = useRef(0)
  const [announced, setAnnounced] = useState('')
  const { flush } = actions

  useEffect(() => {
    if (!online) most.current = Math.max(most.current, waiting)
    else if (most.current > 0 && waiting === 0) {
      const words = unsavedChanges.get().length
        ? 'Back online.'
        : `Back online. ${plural(most.current, 'change')} sent.`
      most.current = 0
      toast(words)
      setAnnounced(words)
    }
  }, [online, waiting])

  // The server has said hello again: what it could not take goes now, without being asked for.
  useEffect(() => {
    if (online) flush()
  }, [online, hello, flush])

  // Closing the window would lose what only this window knows: the browser asks first.
  const atRisk = waiting + unsaved.length > 0
  useEffect(() => {
    if (!atRisk) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [atRisk])

  return (
    <div role="status" className="sticky top-0 z-30">
      <span className="sr-only">{announced}</span>
      {!online ? (
        <Line icon={CloudOff}>
          {waiting + unsaved.length
            ? `Offline. ${plural(waiting + unsaved.length, 'change')} waiting.`
            : 'Offline. You can go on working.'}
        </Line>
      ) : unsaved.length > 0 ? (
        <Line icon={CloudAlert} tint="text-amber">
          <span className="truncate" title={unsaved[0]?.reason}>
            {plural(unsaved.length, 'change')} not saved yet.
          </span>
          <BarButton onClick={flush}>Try again</BarButton>
          <BarButton onClick={actions.discard}>Discard</BarButton>
        </Line>
      ) : (
        delayed && <Line icon={RefreshCw}>Live updates are delayed.</Line>
      )}
    </div>
  )
}

function Line({
  icon: Icon,
  tint = 'text-soft',
  children,
}: {
  icon: LucideIcon
  tint?: string
  children: ReactNode
}) {
  return (
    <div className="flex min-h-8 animate-fade items-center justify-center gap-2 border-b bg-side px-3 text-13 text-soft">
      <Icon aria-hidden className={`size-3.5 shrink-0 ${tint}`} strokeWidth={1.75} />
      {children}
    </div>
  )
}

function BarButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="h-7 rounded-control px-2 font-medium text-accent hover:bg-hover max-sm:h-11"
    >
      {children}
    </button>
  )
}
