import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query'
import type { Task, TaskPage } from '@/api/types'
import { belongs, inOrder, type View } from './views'

/** Where tasks live in the query cache, and the few ways of changing them there. */

export type TaskPages = InfiniteData<TaskPage, unknown>

export const keys = {
  all: ['tasks'] as const,
  lists: ['tasks', 'list'] as const,
  list: (view: View) => ['tasks', 'list', view.name, view.param] as const,
  counts: ['tasks', 'counts'] as const,
  one: (id: number) => ['tasks', 'one', id] as const,
  trails: ['tasks', 'about'] as const,
  about: (id: number, what: 'history' | 'occurrences' | 'reminders' | 'next-dates') =>
    ['tasks', 'about', id, what] as const,
  notifications: ['notifications'] as const,
  me: ['me'] as const,
  channels: ['channels'] as const,
  tokens: ['tokens'] as const,
}

/** A first answer that is still on its way may be older than the news, and invalidating alone would wait for it. */
export async function askAgain(client: QueryClient, queryKey: QueryKey): Promise<void> {
  await client.cancelQueries({ queryKey })
  await client.invalidateQueries({ queryKey })
}

export function flat(pages: TaskPages | undefined): Task[] {
  return pages?.pages.flatMap((page) => page.items) ?? []
}

export function mapTask(pages: TaskPages, id: number, map: (task: Task) => Task | null): TaskPages {
  let changed = false
  const next = pages.pages.map((page) => {
    if (!page.items.some((task) => task.id === id)) return page
    changed = true
    const items = page.items.flatMap((task) => (task.id === id ? (map(task) ?? []) : task))
    return { ...page, items }
  })
  return changed ? { ...pages, pages: next } : pages
}

/** Puts a task where the server would list it, as far as the pages loaded so far reach. */
export function insertTask(pages: TaskPages, task: Task): TaskPages {
  if (flat(pages).some((known) => known.id === task.id)) return mapTask(pages, task.id, () => task)
  const index = pages.pages.findIndex(
    (page) => page.next_cursor === null || page.items.some((known) => inOrder(task, known) < 0),
  )
  if (index < 0) return pages
  return {
    ...pages,
    pages: pages.pages.map((page, at) =>
      at === index ? { ...page, items: [...page.items, task].sort(inOrder) } : page,
    ),
  }
}

export function viewOf(key: readonly unknown[]): View {
  return { name: key[2] as View['name'], param: key[3] as string }
}

export function mapEverywhere(
  client: QueryClient,
  id: number,
  map: (task: Task) => Task | null,
): void {
  client.setQueriesData<TaskPages>(
    { queryKey: keys.lists },
    (pages) => pages && mapTask(pages, id, map),
  )
  client.setQueryData<Task>(keys.one(id), (task) => (task ? (map(task) ?? undefined) : task))
}

export function insertEverywhere(client: QueryClient, task: Task, now: Date, zone: string): void {
  for (const [key, pages] of client.getQueriesData<TaskPages>({ queryKey: keys.lists })) {
    const view = viewOf(key)
    if (!pages || view.name === 'search' || !belongs(task, view, now, zone)) continue
    client.setQueryData<TaskPages>(key, insertTask(pages, task))
  }
}

/** The task as this window knows it, from whichever list or panel has it. */
export function knownTask(client: QueryClient, id: number): Task | undefined {
  const one = client.getQueryData<Task>(keys.one(id))
  if (one) return one
  for (const [, pages] of client.getQueriesData<TaskPages>({ queryKey: keys.lists })) {
    const task = flat(pages).find((known) => known.id === id)
    if (task) return task
  }
  return undefined
}
