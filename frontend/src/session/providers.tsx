/** The query cache and the clock, around every page of a signed-in person. */
'use client'

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState, type ReactNode } from 'react'
import { actAs } from '@/api/browser'
import { isTransient, Problem } from '@/api/problem'
import type { Counts, Me, NotificationPage, ProjectPage } from '@/api/types'
import { ClockProvider } from './clock'
import { useMe } from './me'
import { NewDay } from './new-day'
import { keys } from './query-keys'
import { toLoginIfSignedOut } from './to-login'

const Toaster = dynamic(() => import('@/components/ui/toaster').then((file) => file.Toaster), {
  ssr: false,
})

function createClient(mayRefetch: MayRefetch): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: toLoginIfSignedOut }),
    mutationCache: new MutationCache({ onError: toLoginIfSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        retry: (count, error) => (!(error instanceof Problem) || isTransient(error)) && count < 3,
        refetchOnWindowFocus: mayRefetch,
        refetchOnReconnect: mayRefetch,
      },
    },
  })
}

/** Whether queries may be fetched again when the window is focused or back online. */
type MayRefetch = () => boolean

export interface Start {
  me: Me
  counts: Counts
  projects: ProjectPage
  notifications: NotificationPage
  /** When the server rendered the page. */
  at: string
}

/** Puts the data that the server has loaded into the query cache, so that the first paint fetches nothing again. */
export function Providers({
  start,
  mayRefetch,
  children,
}: {
  start: Start
  mayRefetch: MayRefetch
  children: ReactNode
}) {
  const [client] = useState(() => {
    // The server renders pages of many people.
    if (typeof window !== 'undefined') actAs(start.me.id)
    const fresh = createClient(mayRefetch)
    fresh.setQueryData(keys.me, start.me)
    fresh.setQueryData(keys.counts, start.counts)
    fresh.setQueryData(keys.projects, start.projects)
    fresh.setQueryData(keys.notifications, start.notifications)
    return fresh
  })
  return (
    <QueryClientProvider client={client}>
      <Session startedAt={start.at} mayRefetch={mayRefetch}>
        {children}
      </Session>
    </QueryClientProvider>
  )
}

function Session({
  startedAt,
  mayRefetch,
  children,
}: {
  startedAt: string
  mayRefetch: MayRefetch
  children: ReactNode
}) {
  const me = useMe()
  return (
    <ClockProvider zone={me.timezone} startedAt={startedAt}>
      {children}
      <NewDay mayRefetch={mayRefetch} />
      <Toaster />
    </ClockProvider>
  )
}
