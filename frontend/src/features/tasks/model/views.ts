import type { Task, TaskQuery } from '@/api/types'
import { dueDay, dayTitle } from '@/lib/words'
import { dayNumber, dueTime, isDate, startOfDay, wallClock } from '@/lib/zoned'
import { sleeps, startDay } from './start'

/** The task lists: the query of each, which tasks belong in it, and its groups. */

type ViewName =
  'today' | 'upcoming' | 'inbox' | 'project' | 'all' | 'completed' | 'trash' | 'search' | 'tag'

export interface View {
  name: ViewName
  /** The search text, the tag, or the id of the project. */
  param: string
}

export interface Group {
  key: string
  title: string | null
  tone: 'overdue' | 'plain'
  /** The heading names a single day, so the rows show only the time. */
  oneDay: boolean
  tasks: Task[]
}

export const PAGE_SIZE = 50

export function viewQuery(view: View, now: Date, zone: string): TaskQuery {
  const tomorrow = startOfDay(now, zone, 1)
  // Sleeping tasks are loaded too, so that they appear at their time: `belongs` hides them until then.
  const open = { status: 'open', sleeping: true } as const
  switch (view.name) {
    case 'today':
      return { ...open, due_to: new Date(tomorrow.getTime() - 1000).toISOString() }
    case 'upcoming':
      return { ...open, due_from: tomorrow.toISOString() }
    case 'inbox':
      return { ...open, project: 'inbox' }
    case 'project':
      return { ...open, project: view.param }
    case 'all':
      return open
    case 'completed':
      return { status: 'completed' }
    case 'trash':
      return { status: 'trash' }
    case 'search':
      return { status: 'all', q: view.param }
    case 'tag':
      return { ...open, tag: view.param }
  }
}

/** Whether the task belongs in the list after an optimistic change. The server's next answer decides. */
export function belongs(task: Task, view: View, now: Date, zone: string): boolean {
  if (view.name === 'trash') return task.deleted_at !== null
  if (task.deleted_at !== null) return false
  const day = dueDay(task, zone)
  const today = dayNumber(wallClock(now, zone))
  switch (view.name) {
    case 'today':
      return !task.completed && day !== null && day <= today
    case 'upcoming':
      return !task.completed && (day ?? startDay(task, zone) ?? today) > today
    case 'inbox':
    case 'project':
      return (
        !task.completed && String(task.project_id ?? '') === view.param && !sleeps(task, now, zone)
      )
    case 'all':
      return !task.completed && !sleeps(task, now, zone)
    case 'completed':
      return task.completed
    case 'tag':
      return (
        !task.completed &&
        task.tags.some((tag) => sameTag(tag, view.param)) &&
        !sleeps(task, now, zone)
      )
    case 'search':
      return true
  }
}

/** Tags that differ only in case are the same tag. */
export function sameTag(a: string, b: string): boolean {
  return foldTag(a) === foldTag(b)
}

function foldTag(tag: string): string {
  return tag.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** The order in which the server lists open tasks: by due date, all-day tasks first on their day, undated tasks last. */
export function inOrder(zone: string): (a: Task, b: Task) => number {
  const time = ({ due_date }: Task) => (due_date ? dueTime(due_date, zone) : Infinity)
  const isTimed = ({ due_date }: Task) => (due_date && isDate(due_date) ? 0 : 1)
  return (a, b) => {
    const [first, second] = [time(a), time(b)]
    if (first !== second) return first < second ? -1 : 1
    return isTimed(a) - isTimed(b) || a.id - b.id
  }
}

/** The open tasks of a project, and of the Inbox, are in their own order. */
export function isPlaced({ name }: View): boolean {
  return name === 'inbox' || name === 'project'
}

/** The order of the tasks in a list of open tasks. */
export function orderOf(view: View, zone: string): (a: Task, b: Task) => number {
  if (!isPlaced(view)) return inOrder(zone)
  const place = ({ position, id }: Task) => [position ?? Infinity, id < 0 ? Infinity : id] as const
  return (a, b) => {
    const [[first, id], [second, other]] = [place(a), place(b)]
    return first === second ? Math.sign(id - other) || 0 : first - second
  }
}

export function groups(tasks: Task[], view: View, now: Date, zone: string): Group[] {
  const result: Group[] = []
  for (const task of tasks) {
    const { key, title, tone } = groupOf(task, view, now, zone)
    const last = result.find((group) => group.key === key)
    if (last) last.tasks.push(task)
    else result.push({ key, title, tone, oneDay: /^(day|today|tomorrow)/.test(key), tasks: [task] })
  }
  // A single heading "Today" would repeat the title of the page.
  if (view.name === 'today' && result.length === 1 && result[0]?.key === 'today')
    return [{ ...result[0], title: null }]
  return result
}

function groupOf(
  task: Task,
  view: View,
  now: Date,
  zone: string,
): { key: string; title: string | null; tone: Group['tone'] } {
  const today = dayNumber(wallClock(now, zone))
  if (view.name === 'trash' || view.name === 'search' || isPlaced(view))
    return { key: 'only', title: null, tone: 'plain' }
  if (view.name === 'completed') {
    const day = task.completed_at ? dayNumber(wallClock(new Date(task.completed_at), zone)) : today
    return { key: `day${day}`, title: dayTitle(day, now, zone), tone: 'plain' }
  }
  const day = dueDay(task, zone)
  if (day === null && view.name === 'upcoming')
    return { key: 'starting', title: 'Starts later', tone: 'plain' }
  if (day === null) return { key: 'none', title: 'No date', tone: 'plain' }
  if (day < today) return { key: 'overdue', title: 'Overdue', tone: 'overdue' }
  if (view.name === 'upcoming') {
    if (day < today + 14)
      return { key: `day${day}`, title: dayTitle(day, now, zone), tone: 'plain' }
    return { key: 'later', title: 'Later', tone: 'plain' }
  }
  if (day === today) return { key: 'today', title: 'Today', tone: 'plain' }
  if (day === today + 1) return { key: 'tomorrow', title: 'Tomorrow', tone: 'plain' }
  if (day < today + 7) return { key: 'week', title: 'Next 7 days', tone: 'plain' }
  return { key: 'later', title: 'Later', tone: 'plain' }
}
