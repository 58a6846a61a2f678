/** The occurrences of a series, each with its status. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { details } from '@/api/details'
import type { OccurrenceRow, Status, Task } from '@/api/types'
import { TextButton } from '@/components/ui/button'
import { dueDateTime } from '@/lib/words'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import type { TaskActions } from '../state/actions'
import { useSelection } from '../state/selection'
import { SectionState } from './section-state'

const STATUS: Record<Status, { words: string; tint: string }> = {
  open: { words: 'open', tint: 'text-soft' },
  done: { words: 'done', tint: 'text-accent' },
  skipped: { words: 'skipped', tint: 'text-muted' },
  missed: { words: 'missed', tint: 'text-red' },
}

export function Occurrences({ task, actions }: { task: Task; actions: TaskActions }) {
  const query = useQuery({
    queryKey: keys.about(task.id, 'occurrences'),
    queryFn: () => details.occurrences(task.id),
  })
  return (
    <SectionState query={query} empty="There are no occurrences yet.">
      {(items) => (
        <ol className="flex flex-col">
          {items.map((row) => (
            <Row key={`${row.occurrence}-${row.task_id}`} row={row} task={task} actions={actions} />
          ))}
        </ol>
      )}
    </SectionState>
  )
}

function Row({ row, task, actions }: { row: OccurrenceRow; task: Task; actions: TaskActions }) {
  const { now } = useClock()
  const selection = useSelection()
  const { task_id: id } = row
  const status = STATUS[row.status]
  return (
    <li className="flex min-h-8 items-center gap-2 text-13 max-sm:min-h-11">
      <button
        type="button"
        disabled={id === null || id === task.id}
        onClick={() => id && selection.open(id)}
        className="flex-1 truncate rounded text-left tabular enabled:hover:underline disabled:cursor-default"
      >
        {row.due_date ? dueDateTime(row.due_date, now, task.timezone) : 'No date'}
        {id === task.id && <span className="text-muted"> · this one</span>}
      </button>
      <span className={status.tint}>{status.words}</span>
      {id !== null && row.status === 'open' && (
        <TextButton onClick={() => actions.skip({ ...task, id })} className="-my-1 -mr-2">
          Skip
        </TextButton>
      )}
      {id !== null && row.status !== 'open' && (
        <TextButton
          onClick={() => actions.reopen({ ...task, id, completed: true })}
          className="-my-1 -mr-2"
        >
          Reopen
        </TextButton>
      )}
    </li>
  )
}
