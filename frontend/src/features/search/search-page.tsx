/** The search field and its results. */
'use client'

import { Search } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { MarkSearch } from '@/components/ui/marked'
import { PageHead } from '@/components/ui/page-head'
import { Bell } from '@/features/notifications/bell'
import { TaskList } from '@/features/tasks/list/task-list'
import { useDebounced } from '@/lib/hooks'
import { excerpt, marked } from '@/lib/matches'

/** The server refuses a longer search. */
const LONGEST = 200

export function SearchPage({ initial }: { initial: string }) {
  const [text, setText] = useState(initial.slice(0, LONGEST))
  const words = useDebounced(text.trim(), 140)
  const marks = useMemo(
    () => ({
      marked: (found: string) => marked(found, words),
      excerpt: (found: string) => excerpt(found, words),
    }),
    [words],
  )

  useEffect(() => {
    // The query is in the URL, so that a reload and the back button show the same results.
    const query = new URLSearchParams(window.location.search)
    if (words) query.set('q', words)
    else query.delete('q')
    window.history.replaceState(null, '', query.size ? `/search?${query}` : '/search')
  }, [words])

  return (
    <>
      <PageHead actions={<Bell />} title="Search">
        In titles, tags and notes of open and completed tasks
      </PageHead>
      <div className="relative mb-6">
        <Search
          aria-hidden
          className="absolute top-1/2 left-3.5 size-[18px] -translate-y-1/2 text-muted"
          strokeWidth={1.75}
        />
        <input
          type="search"
          aria-label="Search tasks"
          autoFocus
          value={text}
          maxLength={LONGEST}
          placeholder="What are you looking for?"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && text) setText('')
            else if (event.key === 'Escape') event.currentTarget.blur()
            else if (event.key === 'ArrowDown') {
              event.preventDefault()
              document.querySelector<HTMLElement>('[data-task] [data-title]')?.focus()
            }
          }}
          className="h-11 w-full rounded-control border border-edge bg-surface pr-4 pl-11 text-15 outline-none focus:border-accent focus-visible:ring-2 focus-visible:ring-accent/25 max-sm:h-12 max-sm:text-16"
        />
      </div>
      {words ? (
        <MarkSearch value={marks}>
          <TaskList view={{ name: 'search', param: words }} />
        </MarkSearch>
      ) : (
        <p className="text-14 text-muted">
          Type words in any order, or only how they begin. Case and accents do not matter.
        </p>
      )}
    </>
  )
}
