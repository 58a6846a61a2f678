'use client'

import {
  CalendarDays,
  Check,
  CircleCheckBig,
  Inbox,
  Search,
  Settings,
  Star,
  Trash2,
  type LucideIcon,
} from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { startTransition, useState } from 'react'
import type { Count, Counts } from '@/api/types'
import { cn } from '@/lib/cn'
import { AccountButton } from './account-button'
import { AccountMenu } from './lazy'
import { countWords, useCounts } from '@/session/counts'
import { useMe } from '@/session/me'

interface Place {
  href: string
  label: string
  icon: LucideIcon
  count?: (counts: Counts) => Count
}

const PLACES: readonly Place[] = [
  { href: '/', label: 'Today', icon: Star, count: (counts) => counts.today },
  {
    href: '/upcoming',
    label: 'Upcoming',
    icon: CalendarDays,
    count: (counts) => counts.upcoming,
  },
  { href: '/all', label: 'All', icon: Inbox, count: (counts) => counts.open },
  { href: '/completed', label: 'Completed', icon: CircleCheckBig },
  { href: '/trash', label: 'Trash', icon: Trash2 },
]

/** Below 1024 px it folds to icons; on a phone the bar at the bottom takes over. */
export function SideBar() {
  const path = usePathname()
  const counts = useCounts()
  return (
    <nav
      aria-label="Main"
      className="sticky top-0 z-20 hidden h-dvh flex-col gap-0.5 border-r bg-side px-3 py-4 sm:flex max-lg:items-center max-lg:px-2"
    >
      <Link
        href="/"
        className="mb-4 flex h-9 items-center gap-2.5 rounded-control px-2 text-15 font-semibold tracking-tight"
      >
        <span className="flex size-6 items-center justify-center rounded-[7px] bg-accent text-on-accent">
          <Check aria-hidden className="size-4" strokeWidth={2.5} />
        </span>
        <span className="max-lg:sr-only">Todo</span>
      </Link>
      <SideLink
        place={{ href: '/search', label: 'Search', icon: Search }}
        current={path === '/search'}
        hint="/"
      />
      <div className="h-3" />
      {PLACES.slice(0, 3).map((place) => (
        <SideLink
          key={place.href}
          place={place}
          current={path === place.href}
          count={counts && place.count?.(counts)}
          late={place.href === '/' && !!counts?.overdue.value}
        />
      ))}
      <div className="h-3" />
      {PLACES.slice(3).map((place) => (
        <SideLink key={place.href} place={place} current={path === place.href} />
      ))}
      <div className="mt-auto flex flex-col gap-0.5 max-lg:items-center">
        <SideLink
          place={{ href: '/settings', label: 'Settings', icon: Settings }}
          current={path.startsWith('/settings')}
        />
        <Account />
      </div>
    </nav>
  )
}

function SideLink({
  place,
  current,
  count,
  late,
  hint,
}: {
  place: Place
  current: boolean
  count?: Count
  late?: boolean
  hint?: string
}) {
  const Icon = place.icon
  return (
    <Link
      href={place.href}
      aria-current={current ? 'page' : undefined}
      title={place.label}
      className={cn(
        'flex h-9 items-center gap-2.5 rounded-control px-2.5 text-14 font-medium text-soft transition-colors duration-150 hover:bg-hover max-lg:w-10 max-lg:justify-center max-lg:px-0',
        current && 'bg-press text-ink hover:bg-press',
      )}
    >
      <Icon
        aria-hidden
        className={cn('size-[17px] shrink-0', current ? 'text-accent' : 'text-muted')}
        strokeWidth={1.75}
      />
      <span className="flex-1 max-lg:sr-only">{place.label}</span>
      {count?.value ? (
        <span className={cn('text-13 tabular max-lg:hidden', late ? 'text-red' : 'text-muted')}>
          {countWords(count)}
          <span className="sr-only"> open</span>
        </span>
      ) : null}
      {hint && (
        <kbd aria-hidden className="font-sans text-13 text-muted max-lg:hidden">
          {hint}
        </kbd>
      )}
    </Link>
  )
}

function Account() {
  const [wanted, setWanted] = useState(false)
  const me = useMe()
  return wanted ? (
    <AccountMenu me={me} />
  ) : (
    <AccountButton
      me={me}
      aria-haspopup="menu"
      onClick={() => startTransition(() => setWanted(true))}
    />
  )
}

export function BottomBar() {
  const path = usePathname()
  const counts = useCounts()
  const places = [...PLACES.slice(0, 3), { href: '/settings', label: 'Settings', icon: Settings }]
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 flex border-t bg-ground/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:hidden"
    >
      {places.map(({ href, label, icon: Icon, count }: Place) => {
        const current = href === '/settings' ? path.startsWith(href) : path === href
        const value = counts && count?.(counts)
        return (
          <Link
            key={href}
            href={href}
            aria-current={current ? 'page' : undefined}
            className={cn(
              'flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-[11px] font-medium text-muted',
              current && 'text-ink',
            )}
          >
            <span className="relative">
              <Icon
                aria-hidden
                className={cn('size-[21px]', current ? 'text-accent' : 'text-muted')}
                strokeWidth={1.75}
              />
              {href === '/' && value?.value ? (
                <span className="absolute -top-1 left-3.5 min-w-4 rounded-full bg-press px-1 text-center text-[10px] leading-4 font-semibold text-soft tabular">
                  {countWords(value)}
                  <span className="sr-only"> open</span>
                </span>
              ) : null}
            </span>
            {label}
          </Link>
        )
      })}
    </nav>
  )
}
