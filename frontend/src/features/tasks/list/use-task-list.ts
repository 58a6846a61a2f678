/** The pages of one list, starting with the page that the server rendered. */
'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { api } from '@/api/browser'
import type { TaskPage } from '@/api/types'
import { useClock } from '@/session/clock'
import { connections } from '@/session/live-status'
import { keys } from '@/session/query-keys'
import { PAGE_SIZE, viewQuery, type View } from '../model/views'

export interface InitialPage {
  page: TaskPage
  /** When the server rendered it, in milliseconds. */
  at: number
}

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
    // With live updates on, a change may have arrived while the server rendered the page. The rendered page is shown,
    // and fetched again.
    initialDataUpdatedAt: () => (connections.get() > 0 ? 0 : initial?.at),
    enabled: view.name !== 'search' || view.param.length > 0,
  })
}
