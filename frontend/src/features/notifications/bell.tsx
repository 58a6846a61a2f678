/** The bell in the navigation. The popover is loaded when it is opened. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { lazy, startTransition, useState } from 'react'
import { api } from '@/api/browser'
import type { NotificationPage } from '@/api/types'
import { BellButton } from './bell-button'
import { keys } from '@/session/query-keys'

// The open popover is a chunk of its own. It is loaded in a transition, so the button stays until it is there.
const BellPopover = lazy(() =>
  import('./bell-popover').then((file) => ({ default: file.BellPopover })),
)

const NOTHING: NotificationPage = { items: [], unread: 0, next_cursor: null }

export function Bell() {
  const [wanted, setWanted] = useState(false)
  const { data = NOTHING } = useQuery({
    queryKey: keys.notifications,
    queryFn: () => api.notifications(),
  })
  return wanted ? (
    <BellPopover page={data} />
  ) : (
    <BellButton
      unread={data.unread}
      aria-haspopup="dialog"
      onClick={() => startTransition(() => setWanted(true))}
    />
  )
}
