import type { ReactNode } from 'react'
import { requireVisitor, serverApi } from '@/api/server'
import { Providers } from '@/features/shell/providers'
import { Shell } from '@/features/shell/shell'

export default async function AppLayout({ children }: { children: ReactNode }) {
  const me = await requireVisitor()
  const api = await serverApi()
  const [counts, notifications] = await Promise.all([api.counts(), api.notifications()])
  return (
    <Providers start={{ me, counts, notifications, at: new Date().toISOString() }}>
      <Shell>{children}</Shell>
    </Providers>
  )
}
