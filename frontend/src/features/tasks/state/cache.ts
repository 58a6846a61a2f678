/** Reads and changes tasks in every list and panel of the query cache. */
import type { QueryClient } from '@tanstack/react-query'
import type { Task } from '@/api/types'
import { keys } from '@/session/query-keys'
import { flat, insertTask, mapTask, placeTask, type TaskPages } from '../model/task-pages'
import { belongs, isPlaced, type View } from '../model/views'

export function viewOf(key: readonly unknown[]): View {
  return { name: key[2] as View['name'], param: key[3] as string }
}

/** Changes a task in every list and panel, or removes it where `map` returns null. */
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

/** Inserts a task into every loaded list it belongs in. */
export function insertEverywhere(client: QueryClient, task: Task, now: Date, zone: string): void {
  for (const [key, pages] of client.getQueriesData<TaskPages>({ queryKey: keys.lists })) {
    const view = viewOf(key)
    if (!pages || view.name === 'search' || !belongs(task, view, now, zone)) continue
    client.setQueryData<TaskPages>(key, insertTask(pages, task, view, zone))
  }
}

/** Puts a task behind another one in the lists that have an order of their own. */
export function placeEverywhere(client: QueryClient, id: number, after: number | null): void {
  for (const [key, pages] of client.getQueriesData<TaskPages>({ queryKey: keys.lists }))
    if (pages && isPlaced(viewOf(key)))
      client.setQueryData<TaskPages>(key, placeTask(pages, id, after))
}

/** The task from the first list or panel in the cache that has it. */
export function knownTask(client: QueryClient, id: number): Task | undefined {
  const one = client.getQueryData<Task>(keys.one(id))
  if (one) return one
  for (const [, pages] of client.getQueriesData<TaskPages>({ queryKey: keys.lists })) {
    const task = flat(pages).find((known) => known.id === id)
    if (task) return task
  }
  return undefined
}
