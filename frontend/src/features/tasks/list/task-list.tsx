'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { CircleCheckBig, CalendarDays, Inbox, SearchX, Sun, Trash2, RotateCw } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import type { TaskPage } from '@/api/types'
import { Empty, Kbd, ListSkeleton } from '@/components/ui/primitives'
import { Button } from '@/components/ui/button'
import { connections } from '@/session/live-status'
import { useClock } from '@/session/clock'
import { cn } from '@/lib/cn'
import { dateField, wallClock } from '@/lib/zoned'
import { useTaskActions, type TaskActions } from '../state/actions'
import { flat } from '../model/task-pages'
import { resting } from '../state/row-feedback'
import { TaskRow } from './task-row'
import { useSelection } from '../state/selection'
import {
  belongs,
  groups,
  inOrder,
  PAGE_SIZE,
  viewQuery,
  type Group,
  type View,
} from '../model/views'
import { keys } from '@/session/query-keys'

export interface InitialPage {
  page: TaskPage
  at: number
}

/** The pages of one list, starting from what the server rendered. */
export function useTaskList(view: View, initial?: InitialPage) {
  const { zone, current } = useClock()
  return useInfiniteQuery({
    queryKey: keys.list(view),
    queryFn: ({ pageParam, signal }) =>
      api.tasks(
        { ...viewQuery(view, current(), zone), limit: PAGE_SIZE, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    initialData: initial && { pages: [initial.page], pageParams: [undefined] },
    // Once this window hears of changes, it may have heard of one while the page was on its way: what the server
    // rendered is shown, and asked for again.
    initialDataUpdatedAt: () => (connections.get() > 0 ? 0 : initial?.at),
    enabled: view.name !== 'search' || view.param.length > 0,
  })
}

export function TaskList({ view, initial }: { view: View; initial?: InitialPage }) {
  const { now, zone } = useClock()
  const query = useTaskList(view, initial)
  const actions = useTaskActions()
  const selection = useSelection()
  const rested = resting.use()

  if (query.isPending) return query.fetchStatus === 'idle' ? null : <ListSkeleton />
  if (query.isError && !query.data)
    return <Failed error={query.error} retry={() => query.refetch()} />

  const listed = flat(query.data)
  const visible = listed.filter((task) => belongs(task, view, now, zone) || rested.has(task.id))
  // A refetch may already be without the row that still rests: it stays until it has been seen.
  for (const { task } of rested.values()) {
    const before = { ...task, completed: false }
    if (!visible.some(({ id }) => id === task.id) && belongs(before, view, now, zone)) {
      visible.push(task)
      visible.sort(inOrder)
    }
  }

  if (visible.length === 0 && !query.hasNextPage) return <Nothing view={view} />
  return (
    <div className="flex flex-col gap-6">
      {groups(visible, view, now, zone).map((group) => (
        <Section key={group.key} group={group} actions={actions} zone={zone} now={now}>
          <ul className="-my-px flex flex-col gap-px">
            {group.tasks.map((task) => (
              <TaskRow
                key={task.id}
                task={task}
                view={view}
                bare={group.oneDay}
                actions={actions}
                selection={selection}
              />
            ))}
          </ul>
        </Section>
      ))}
      {query.hasNextPage && (
        <More
          asking={query.isFetching}
          loading={query.isFetchingNextPage}
          load={() => void query.fetchNextPage({ cancelRefetch: false })}
        />
      )}
    </div>
  )
}

function Section({
  group,
  actions,
  zone,
  now,
  children,
}: {
  group: Group
  actions: TaskActions
  zone: string
  now: Date
  children: ReactNode
}) {
  if (!group.title) return <section>{children}</section>
  const late = group.tone === 'overdue'
  const reschedule = () => {
    const today = dateField(wallClock(now, zone))
    const moves = group.tasks.map((task) => {
      const wall =
        task.due_date && !task.all_day ? wallClock(new Date(task.due_date), task.timezone) : null
      const time = wall
        ? `T${String(wall.hour).padStart(2, '0')}:${String(wall.minute).padStart(2, '0')}:00`
        : ''
      return { task, due: today + time }
    })
    actions.moveAll(moves, 'moved to today.')
  }
  return (
    <section aria-label={group.title}>
      <div className="mb-1 flex h-8 items-center justify-between border-b">
        <h2 className={cn('text-13 font-semibold', late ? 'text-red' : 'text-soft')}>
          {group.title}
        </h2>
        {late && (
          <button
            type="button"
            onClick={reschedule}
            className="-mr-2 h-7 rounded-control px-2 text-13 font-medium text-muted hover:bg-hover hover:text-ink max-sm:h-11"
          >
            Move all to today
          </button>
        )}
      </div>
      {children}
    </section>
  )
}

/** The next page waits for what is being asked: it would break off an answer with news of the pages before it. */
function More({ asking, loading, load }: { asking: boolean; loading: boolean; load: () => void }) {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(load)
  useEffect(() => {
    latest.current = load
  })
  useEffect(() => {
    const element = end.current
    if (!element || asking) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && latest.current(),
      { rootMargin: '600px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [asking])
  return (
    <div ref={end} className="flex justify-center py-4">
      <Button look="quiet" busy={loading} onClick={load}>
        Show more
      </Button>
    </div>
  )
}

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <Empty
      icon={<RotateCw className="size-5" strokeWidth={1.5} />}
      title="The list could not be loaded"
    >
      <p className="pb-4">{sentence(error)}</p>
      <Button onClick={retry}>Try again</Button>
    </Empty>
  )
}

function Nothing({ view }: { view: View }) {
  const size = 'size-5'
  switch (view.name) {
    case 'today':
      return (
        <Empty icon={<Sun className={size} strokeWidth={1.5} />} title="Nothing left for today">
          <span className="max-sm:hidden">
            Press <Kbd>q</Kbd>, or type above:
            <Example>water plants every monday 9:00</Example>
          </span>
          <span className="sm:hidden">
            Tap ＋ and type:
            <Example>water plants every monday 9:00</Example>
          </span>
        </Empty>
      )
    case 'upcoming':
      return (
        <Empty
          icon={<CalendarDays className={size} strokeWidth={1.5} />}
          title="Nothing is coming up"
        >
          Give a task a date and it waits here until its day:
          <Example>call Ana friday 14:00</Example>
        </Empty>
      )
    case 'all':
      return (
        <Empty icon={<Inbox className={size} strokeWidth={1.5} />} title="No open tasks">
          Everything you add appears here, with or without a date.
        </Empty>
      )
    case 'tag':
      return (
        <Empty
          icon={<Inbox className={size} strokeWidth={1.5} />}
          title={`Nothing open with #${view.param}`}
        >
          Add <span className="text-soft">#{view.param}</span> to a task and it appears here.
        </Empty>
      )
    case 'completed':
      return (
        <Empty
          icon={<CircleCheckBig className={size} strokeWidth={1.5} />}
          title="Nothing done yet"
        >
          What you complete is kept here, and can be opened again.
        </Empty>
      )
    case 'trash':
      return (
        <Empty icon={<Trash2 className={size} strokeWidth={1.5} />} title="The trash is empty">
          Deleted tasks wait here until you restore them.
        </Empty>
      )
    case 'search':
      return (
        <Empty
          icon={<SearchX className={size} strokeWidth={1.5} />}
          title={`Nothing found for “${view.param}”`}
        >
          Titles and notes are searched, open and completed. Try fewer letters.
        </Empty>
      )
  }
}

/** Something to type, on a line of its own. */
function Example({ children }: { children: ReactNode }) {
  return <span className="mt-1 block font-medium whitespace-nowrap text-soft">{children}</span>
}
