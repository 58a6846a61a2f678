/** The layout of every page of a signed-in person. Loads the counts, the projects and the notifications. */
import type { ReactNode } from 'react'
import { requireVisitor, serverApi, visitorProjects } from '@/api/server'
import { Shell } from '@/shell/shell'

export default async function AppLayout({ children }: { children: ReactNode }) {
  const me = await requireVisitor()
  const api = await serverApi()
  const [counts, projects, notifications] = await Promise.all([
    api.counts(),
    visitorProjects(),
    api.notifications(),
  ])
  return (
    <Shell start={{ me, counts, projects, notifications, at: new Date().toISOString() }}>
      {children}
    </Shell>
  )
}
