import type { InfiniteData } from '@tanstack/react-query'
import type { Task, TaskPage } from '@/api/types'
import { orderOf, type View } from './views'

/** The loaded pages of one list, and pure functions that change a task in them. */

export type TaskPages = InfiniteData<TaskPage, unknown>

export function flat(pages: TaskPages | undefined): Task[] {
  return pages?.pages.flatMap((page) => page.items) ?? []
}

/** Changes one task, or removes it where `map` returns null. Returns the same object if the task is not listed. */
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

/** Inserts a task where the server would list it, unless that is on a page not loaded yet. */
export function insertTask(pages: TaskPages, task: Task, view: View, zone: string): TaskPages {
  if (flat(pages).some((known) => known.id === task.id)) return mapTask(pages, task.id, () => task)
  const compare = orderOf(view, zone)
  const index = pages.pages.findIndex(
    (page) => page.next_cursor === null || page.items.some((known) => compare(task, known) < 0),
  )
  if (index < 0) return pages
  return {
    ...pages,
    pages: pages.pages.map((page, at) => {
      if (at !== index) return page
      // The others keep their order: one may have been moved to a place that the server does not know yet.
      const before = page.items.findIndex((known) => compare(task, known) < 0)
      return {
        ...page,
        items: page.items.toSpliced(before < 0 ? page.items.length : before, 0, task),
      }
    }),
  }
}

/** Puts a task behind another one of the loaded pages, or for null before all of them. */
export function placeTask(pages: TaskPages, id: number, after: number | null): TaskPages {
  const task = flat(pages).find((known) => known.id === id)
  if (!task) return pages
  const others = mapTask(pages, id, () => null)
  const target = others.pages.findIndex(
    ({ items }) => after === null || items.some((known) => known.id === after),
  )
  if (target < 0) return pages
  return {
    ...others,
    pages: others.pages.map((page, index) => {
      if (index !== target) return page
      const at = page.items.findIndex((known) => known.id === after) + 1
      return { ...page, items: page.items.toSpliced(at, 0, task) }
    }),
  }
}
