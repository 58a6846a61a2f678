'use client'

import {
  MutationCache,
  QueryCache,
  QueryClient,
  QueryClientProvider,
  useQuery,
} from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState, type ReactNode } from 'react'
import { api } from '@/api/browser'
import { isTransient, Problem } from '@/api/problem'
import type { Counts, Me, NotificationPage } from '@/api/types'
import { keys } from '@/features/tasks/cache'
import { settled } from '@/features/tasks/held'
import { ClockProvider } from './clock'

const Toaster = dynamic(() => import('@/components/ui/toaster').then((file) => file.Toaster), {
  ssr: false,
})

/** A session that ended elsewhere: what was half typed is kept as a draft, so the way back loses nothing. */
function toLogin(error: unknown): void {
  if (!(error instanceof Problem) || error.status !== 401) return
  const back = location.pathname + location.search
  location.assign(back === '/' ? '/login' : `/login?next=${encodeURIComponent(back)}`)
}

function createClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: toLogin }),
    mutationCache: new MutationCache({ onError: toLogin }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        retry: (count, error) => (!(error instanceof Problem) || isTransient(error)) && count < 3,
        refetchOnWindowFocus: () => settled(client),
        refetchOnReconnect: () => settled(client),
      },
    },
  })
  return client
}

interface Start {
  me: Me
  counts: Counts
  notifications: NotificationPage
  /** When the server rendered. */
  at: string
}

/** What the server already asked goes into the browser's cache, so that the first paint asks nothing again. */
export function Providers({ start, children }: { start: Start; children: ReactNode }) {
  const [client] = useState(() => {
    const fresh = createClient()
    fresh.setQueryData(keys.me, start.me)
    fresh.setQueryData(keys.counts, start.counts)
    fresh.setQueryData(keys.notifications, start.notifications)
    return fresh
  })
  return (
    <QueryClientProvider client={client}>
      <Session startedAt={start.at}>{children}</Session>
    </QueryClientProvider>
  )
}

function Session({ startedAt, children }: { startedAt: string; children: ReactNode }) {
  const me = useMe()
  return (
    <ClockProvider zone={me.timezone} startedAt={startedAt}>
      {children}
      <Toaster />
    </ClockProvider>
  )
}

/** Never null under Providers: it starts with what the server rendered. */
export function useMe(): Me {
  const { data } = useQuery<Me>({ queryKey: keys.me, queryFn: () => api.me() })
  if (!data) throw new Error('useMe needs Providers')
  return data
}
