/** The navigation of a phone. */
'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { Count } from '@/api/types'
import { cn } from '@/lib/cn'
import { countWords, useCounts } from '@/session/counts'
import { BAR, isCurrent, type Destination } from './destinations'

export function BottomBar() {
  const path = usePathname()
  const counts = useCounts()
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 flex border-t bg-ground/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:hidden"
    >
      {BAR.map((to) => (
        <BarLink
          key={to.href}
          to={to}
          current={isCurrent(to, path)}
          count={to.href === '/' ? counts?.today : undefined}
        />
      ))}
    </nav>
  )
}

function BarLink({ to, current, count }: { to: Destination; current: boolean; count?: Count }) {
  const Icon = to.icon
  return (
    <Link
      href={to.href}
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
        {count?.value ? (
          <span className="absolute -top-1 left-3.5 min-w-4 rounded-full bg-press px-1 text-center text-[10px] leading-4 font-semibold text-soft tabular">
            {countWords(count)}
            <span className="sr-only"> open</span>
          </span>
        ) : null}
      </span>
      {to.label}
    </Link>
  )
}
