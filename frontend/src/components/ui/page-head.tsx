/** The heading of a page. On a phone it has the links that are in the side bar otherwise. */
'use client'

import { Search, Sparkles, type LucideIcon } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'

export function PageHead({
  title,
  mark,
  children,
  actions,
}: {
  title: string
  mark?: ReactNode
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <header className="flex items-start gap-2 pt-5 pb-4 sm:pt-10 sm:pb-5">
      <div className="min-w-0 flex-1">
        <h1 className="text-28 font-[680] tracking-[-0.02em] break-words">
          {mark}
          {title}
        </h1>
        <div className="mt-0.5 min-h-5 text-14 text-muted">{children}</div>
      </div>
      <div className="-mr-2 flex items-center gap-0.5 pt-0.5">
        <HeadLink href="/assistant" label="Assistant" icon={Sparkles} />
        <HeadLink href="/search" label="Search" icon={Search} />
        {actions}
      </div>
    </header>
  )
}

function HeadLink({ href, label, icon: Icon }: { href: string; label: string; icon: LucideIcon }) {
  if (usePathname() === href) return null
  return (
    <Link
      href={href}
      aria-label={label}
      title={label}
      className="flex size-11 items-center justify-center rounded-control text-muted hover:bg-hover hover:text-ink sm:hidden"
    >
      <Icon aria-hidden className="size-[18px]" strokeWidth={1.75} />
    </Link>
  )
}
