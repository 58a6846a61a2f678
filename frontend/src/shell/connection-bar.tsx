/** One line at the top of the page while the network, the server or the live updates are away, or changes wait. */
'use client'

import { onlineManager } from '@tanstack/react-query'
import {
  CloudAlert,
  CloudOff,
  MessageCircleQuestion,
  RefreshCw,
  type LucideIcon,
} from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { TextButton } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { useTaskActions } from '@/features/tasks/state/actions'
import { needsAnswer, outboxRows, storageTrouble } from '@/features/tasks/state/rows'
import { WaitingChanges } from '@/features/tasks/waiting/waiting-changes'
import { cn } from '@/lib/cn'
import { plural } from '@/lib/words'
import { connections, liveStatus } from '@/session/live-status'

export function ConnectionBar() {
  const online = useOnline()
  const { flush } = useTaskActions()
  const connected = connections.use()
  const rows = outboxRows.use()
  const waiting = rows.filter((row) => !needsAnswer(row))
  const [listed, list] = useState(false)
  const announced = useBackOnline(online, waiting.length)
  useWarningBeforeClosing(storageTrouble.use() !== null && waiting.length > 0)

  // The live connection is back, so the server can be reached. At first: what an earlier window has left is sent.
  useEffect(() => {
    void flush()
  }, [online, connected, flush])

  return (
    <div role="status" className="sticky top-0 z-30">
      <span className="sr-only">{announced}</span>
      <State online={online} show={() => list(true)} />
      <WaitingChanges open={listed} onOpenChange={list} />
    </div>
  )
}

/** The most important line of those that apply. */
function State({ online, show }: { online: boolean; show: () => void }) {
  const { flush } = useTaskActions()
  const rows = outboxRows.use()
  const trouble = storageTrouble.use()
  const delayed = liveStatus.use() === 'delayed'
  const asking = rows.filter(needsAnswer).length
  const waiting = rows.length - asking
  const failed = rows.find((row) => !needsAnswer(row) && row.reason !== null)
  const showButton = (
    <TextButton tone="accent" onClick={show}>
      Show
    </TextButton>
  )
  if (!online)
    return (
      <Line icon={CloudOff}>
        {waiting
          ? `Offline. ${plural(waiting, 'change')} waiting.`
          : 'Offline. You can keep working.'}
        {rows.length > 0 && showButton}
      </Line>
    )
  if (asking > 0)
    return (
      <Line icon={MessageCircleQuestion} tint="text-amber">
        {plural(asking, 'change')} {asking === 1 ? 'needs' : 'need'} your answer.
        {showButton}
      </Line>
    )
  if (failed)
    return (
      <Line icon={CloudAlert} tint="text-amber">
        <span className="truncate" title={failed.reason ?? undefined}>
          {plural(waiting, 'change')} not saved yet.
        </span>
        <TextButton tone="accent" onClick={() => void flush()}>
          Try again
        </TextButton>
        {showButton}
      </Line>
    )
  if (trouble)
    return (
      <Line icon={CloudAlert}>
        {trouble} Changes that are not sent yet will be lost if you close this window.
      </Line>
    )
  return delayed && <Line icon={RefreshCw}>Live updates are delayed.</Line>
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
    () => true,
  )
}

/** Says when the network is back and all waiting changes were sent. Returns the words for screen readers. */
function useBackOnline(online: boolean, waiting: number): string {
  const most = useRef(0)
  const [announced, setAnnounced] = useState('')
  useEffect(() => {
    if (!online) most.current = waiting
    else if (most.current > 0 && waiting === 0) {
      const words = outboxRows.get().length
        ? 'Back online.'
        : `Back online. ${plural(most.current, 'change')} sent.`
      most.current = 0
      toast(words)
      setAnnounced(words)
    }
  }, [online, waiting])
  return announced
}

/** Without storage, changes that were not sent exist only in this window: the browser asks before they are lost. */
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
