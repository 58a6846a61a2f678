'use client'

import { useQuery } from '@tanstack/react-query'
import { Bell as BellIcon } from 'lucide-react'
import { startTransition, useState, type ComponentProps } from 'react'
import { api } from '@/api/browser'
import type { NotificationPage } from '@/api/types'
import { BellPopover } from '@/features/shell/lazy'
import { keys } from '@/features/tasks/cache'

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

export function BellButton({ unread, ...rest }: { unread: number } & ComponentProps<'button'>) {
  return (
    <button
      type="button"
      aria-label={unread ? `Notifications, ${unread} unread` : 'Notifications'}
      title="Notifications"
      data-testid="bell"
      {...rest}
      className="relative inline-flex size-11 items-center justify-center rounded-control text-muted transition-colors duration-150 hover:bg-hover hover:text-ink aria-expanded:bg-hover sm:size-8"
    >
      <BellIcon aria-hidden className="size-[18px]" strokeWidth={1.75} />
      {unread > 0 && (
        <span className="absolute top-0.5 right-0 flex h-4 min-w-4 items-center justify-center rounded-full bg-red px-1 text-[10px] font-bold text-ground tabular max-sm:top-1.5 max-sm:right-1.5">
          {unread > 99 ? '99+' : unread}
        </span>
      )}
    </button>
  )
}
