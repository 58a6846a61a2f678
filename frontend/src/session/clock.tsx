/** The clock of the page: components take the time and the time zone from here only. */
'use client'

import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react'

interface Clock {
  /** The time zone of the person. */
  zone: string
  /** For rendering: the same on the server and in the first paint, later at most a minute old. */
  now: Date
  /** For actions: the current time. */
  current: () => Date
}

const ClockContext = createContext<Clock | null>(null)

export function ClockProvider({
  zone,
  startedAt,
  children,
}: {
  zone: string
  startedAt: string
  children: ReactNode
}) {
  const [now, setNow] = useState(() => new Date(startedAt))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const tick = () => {
      setNow(new Date())
      timer = setTimeout(tick, 60_000 - (Date.now() % 60_000) + 50)
    }
    timer = setTimeout(tick, 60_000 - (Date.now() % 60_000) + 50)
    // A laptop that slept past midnight shows the right day at once.
    const awake = () => document.visibilityState === 'visible' && setNow(new Date())
    document.addEventListener('visibilitychange', awake)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', awake)
    }
  }, [])
  const clock = useMemo(() => ({ zone, now, current: () => new Date() }), [zone, now])
  return <ClockContext value={clock}>{children}</ClockContext>
}

export function useClock(): Clock {
  const clock = use(ClockContext)
  if (!clock) throw new Error('useClock needs a ClockProvider')
  return clock
}
