/** One step of a task in its list. The cache has the order at once, the screen only after the next render. */
import { keys } from '@/session/query-keys'
import type { Change } from '../../model/changes'
import { flat, type TaskPages } from '../../model/task-pages'
import { belongs, isPlaced } from '../../model/views'
import { viewOf } from '../cache'
import type { Screen } from './view'

/** The change that moves the task one place up or down, or null at the end of its list. */
export function shifted({ client, zone }: Screen, id: number, step: 1 | -1): Change | null {
  const now = new Date()
  for (const [key, pages] of client.getQueriesData<TaskPages>({ queryKey: keys.lists })) {
    const view = viewOf(key)
    if (!isPlaced(view)) continue
    const tasks = flat(pages).filter((task) => belongs(task, view, now, zone))
    const at = tasks.findIndex((task) => task.id === id)
    const task = tasks[at]
    if (!task) continue
    if (!tasks[at + step]) return null
    const after = step > 0 ? tasks[at + 1] : tasks[at - 2]
    return { kind: 'place', task, after: after?.id ?? null, before: tasks[at - 1]?.id ?? null }
  }
  return null
}
