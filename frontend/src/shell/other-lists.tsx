/** Links to the lists that a phone's navigation has no room for. */
'use client'

import Link from 'next/link'
import { countWords, useCounts } from '@/session/counts'
import { BAR, LISTS, MORE_LISTS } from './destinations'

const OTHERS = [...LISTS, ...MORE_LISTS].filter((to) => !BAR.includes(to))

export function OtherLists() {
  const counts = useCounts()
  return (
    <ul className="-mx-3">
      {OTHERS.map(({ href, label, icon: Icon, count }) => (
        <li key={href}>
          <Link
            href={href}
            className="flex min-h-13 items-center gap-3 rounded-control px-3 text-15 font-[470]"
          >
            <Icon aria-hidden className="size-4 text-muted" strokeWidth={1.75} />
            <span className="flex-1">{label}</span>
            {counts && count && (
              <span className="text-13 text-muted tabular">
                {countWords(count(counts))}
                <span className="sr-only"> open</span>
              </span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  )
}
