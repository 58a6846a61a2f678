/** The navigation beside the page. Below 1024 px it shows only icons, and a phone has the bottom bar instead. */
'use client'

import { Check } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { startTransition, useState } from 'react'
import type { Count } from '@/api/types'
import { cn } from '@/lib/cn'
import { countWords, useCounts } from '@/session/counts'
import { useMe } from '@/session/me'
import { AccountButton } from './account-button'
import {
  ASSISTANT,
  isCurrent,
  LISTS,
  MORE_LISTS,
  SEARCH,
  SETTINGS,
  type Destination,
} from './destinations'
import { AccountMenu, ProjectNav } from './lazy'

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
      <SideLink to={SEARCH} current={isCurrent(SEARCH, path)} hint="/" />
      <SideLink to={ASSISTANT} current={isCurrent(ASSISTANT, path)} hint="c" />
      <div className="h-3" />
      {LISTS.map((to) => (
        <SideLink
          key={to.href}
          to={to}
          current={isCurrent(to, path)}
          count={counts && to.count?.(counts)}
          late={to.href === '/' && !!counts?.overdue.value}
        />
      ))}
      <div className="h-3" />
      {MORE_LISTS.map((to) => (
        <SideLink key={to.href} to={to} current={isCurrent(to, path)} />
      ))}
      <div className="h-3" />
      <ProjectNav />
      <div className="mt-auto flex flex-col gap-0.5 max-lg:items-center">
        <SideLink to={SETTINGS} current={isCurrent(SETTINGS, path)} />
        <Account />
      </div>
    </nav>
  )
}

function SideLink({
  to,
  current,
  count,
  late,
  hint,
}: {
  to: Destination
  current: boolean
  count?: Count
  late?: boolean
  hint?: string
}) {
  const Icon = to.icon
  return (
    <Link
      href={to.href}
      aria-current={current ? 'page' : undefined}
      title={to.label}
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
      <span className="flex-1 max-lg:sr-only">{to.label}</span>
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
  const [opened, setOpened] = useState(false)
  const me = useMe()
  return opened ? (
    <AccountMenu me={me} />
  ) : (
    <AccountButton
      me={me}
      aria-haspopup="menu"
      onClick={() => startTransition(() => setOpened(true))}
    />
  )
}
