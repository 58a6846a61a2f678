/** The rows of one list in their groups, with loading, empty and error states. */
'use client'

import type { Task } from '@/api/types'
import { ListSkeleton } from '@/components/ui/primitives'
import { useClock } from '@/session/clock'
import { flat } from '../model/task-pages'
import { belongs, groups, isPlaced, orderOf, type View } from '../model/views'
import { useTaskActions } from '../state/actions'
import { resting, type Resting } from '../state/row-feedback'
import { useSelection } from '../state/selection'
import { EmptyList, ListError } from './lazy'
import { LoadMore } from './load-more'
import { TaskRow } from './task-row'
import { TaskSection } from './task-section'
import { useTaskList, type InitialPage } from './use-task-list'

export function TaskList({ view, initial }: { view: View; initial?: InitialPage }) {
  const { now, zone } = useClock()
  const query = useTaskList(view, initial)
  const actions = useTaskActions()
  const selection = useSelection()
  const rested = resting.use()

  if (query.isPending) return query.fetchStatus === 'idle' ? null : <ListSkeleton />
  if (query.isError && !query.data)
    return <ListError error={query.error} retry={() => query.refetch()} />

  const visible = withResting(
    flat(query.data).filter((task) => belongs(task, view, now, zone) || rested.has(task.id)),
    rested,
    (task) => belongs(task, view, now, zone),
    orderOf(view, zone),
  )
  if (visible.length === 0 && !query.hasNextPage) return <EmptyList view={view} />
  return (
    <div data-placed={isPlaced(view) || undefined} className="flex flex-col gap-6">
      {groups(visible, view, now, zone).map((group) => (
        <TaskSection key={group.key} group={group} actions={actions}>
          <ul className="-my-px flex flex-col gap-px">
            {group.tasks.map((task) => (
              <TaskRow
                key={task.id}
                task={task}
                view={view}
                timeOnly={group.oneDay}
                actions={actions}
                selection={selection}
              />
            ))}
          </ul>
        </TaskSection>
      ))}
      {query.hasNextPage && (
        <LoadMore
          fetching={query.isFetching}
          loading={query.isFetchingNextPage}
          load={() => void query.fetchNextPage({ cancelRefetch: false })}
        />
      )}
    </div>
  )
}

/** Adds the rows that still rest: a refetched list no longer contains them, but they stay until they have left. */
function withResting(
  listed: Task[],
  rested: ReadonlyMap<number, Resting>,
  belonged: (task: Task) => boolean,
  order: (a: Task, b: Task) => number,
): Task[] {
  const missing = [...rested.values()]
    .map(({ task }) => task)
    .filter((task) => !listed.some(({ id }) => id === task.id))
    .filter((task) => belonged({ ...task, completed: false }))
  return missing.length ? [...listed, ...missing].sort(order) : listed
}
