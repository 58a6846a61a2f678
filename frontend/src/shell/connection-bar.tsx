/** One line at the top of the page while the network, the server or the live updates are away. */
'use client'

import { onlineManager, useMutationState } from '@tanstack/react-query'
import { CloudAlert, CloudOff, RefreshCw, type LucideIcon } from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { TextButton } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { useTaskActions } from '@/features/tasks/state/actions'
import { CHANGE, unsavedChanges } from '@/features/tasks/state/unsaved-changes'
import { cn } from '@/lib/cn'
import { plural } from '@/lib/words'
import { connections, liveStatus } from '@/session/live-status'

export function ConnectionBar() {
  const online = useOnline()
  const { flush, discard } = useTaskActions()
  const delayed = liveStatus.use() === 'delayed'
  const connected = connections.use()
  const unsaved = unsavedChanges.use()
  const waiting = useWaitingChanges()
  const announced = useBackOnline(online, waiting)
  useWarningBeforeClosing(waiting + unsaved.length > 0)

  // The live connection is back, so the server can be reached: unsaved changes are sent again.
  useEffect(() => {
    if (online) flush()
  }, [online, connected, flush])

  const pending = waiting + unsaved.length
  return (
    <div role="status" className="sticky top-0 z-30">
      <span className="sr-only">{announced}</span>
      {!online ? (
        <Line icon={CloudOff}>
          {pending
            ? `Offline. ${plural(pending, 'change')} waiting.`
            : 'Offline. You can keep working.'}
        </Line>
      ) : unsaved.length > 0 ? (
        <Line icon={CloudAlert} tint="text-amber">
          <span className="truncate" title={unsaved[0]?.reason}>
            {plural(unsaved.length, 'change')} not saved yet.
          </span>
          <TextButton tone="accent" onClick={flush}>
            Try again
          </TextButton>
          <TextButton tone="accent" onClick={discard}>
            Discard
          </TextButton>
        </Line>
      ) : (
        delayed && <Line icon={RefreshCw}>Live updates are delayed.</Line>
      )}
    </div>
  )
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
    () => true,
  )
}

/** How many changes are on their way to the server, or wait for the network. */
function useWaitingChanges(): number {
  return useMutationState({
    filters: { mutationKey: CHANGE, status: 'pending' },
    select: (mutation) => mutation.state.isPaused,
  }).length
}

/** Says when the network is back and all waiting changes were sent. Returns the words for screen readers. */
function useBackOnline(online: boolean, waiting: number): string {
  const most = useRef(0)
  const [announced, setAnnounced] = useState('')
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
  return announced
}

/** Pending changes exist only in this window: the browser asks before they are lost. */
function useWarningBeforeClosing(enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [enabled])
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
      <Icon aria-hidden className={cn('size-3.5 shrink-0', tint)} strokeWidth={1.75} />
      {children}
    </div>
  )
}
