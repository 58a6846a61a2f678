/** The reminder log of a task: where each reminder was sent, or why not. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { details } from '@/api/details'
import type { ReminderRow, Task } from '@/api/types'
import { shortDateTime } from '@/lib/words'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { deliveryWords, millisecondsUntilChange, reminderWords } from '../model/reminder-log'
import { useSelection } from '../state/selection'
import { SectionState } from './section-state'

export function ReminderLog({ task }: { task: Task }) {
  const query = useQuery({
    queryKey: keys.about(task.id, 'reminders'),
    queryFn: () => details.reminders(task.id),
    refetchInterval: ({ state }) => millisecondsUntilChange(state.data?.items ?? [], Date.now()),
  })
  return (
    <SectionState query={query} empty="This task has no reminders.">
      {(items) => (
        <ul className="flex flex-col gap-3">
          {items.map((reminder) => (
            <Reminder key={reminder.id} reminder={reminder} task={task} />
          ))}
        </ul>
      )}
    </SectionState>
  )
}

function Reminder({ reminder, task }: { reminder: ReminderRow; task: Task }) {
  const { now, zone } = useClock()
  const at = new Date(reminder.remind_at)
  return (
    <li className="text-13">
      <p className="font-medium">
        {reminderWords(reminder.offset)}
        <span className="font-normal text-muted tabular"> · {shortDateTime(at, now, zone)}</span>
      </p>
      {reminder.deliveries.length === 0 && (
        <p className="text-muted">
          {reminder.reason ?? (reminder.state === 'fired' ? 'Being sent.' : 'Planned.')}
        </p>
      )}
      {reminder.told_by && <SentWith other={reminder.told_by} task={task} />}
      {reminder.deliveries.map((delivery) => (
        <p key={delivery.id} className={delivery.state === 'failed' ? 'text-red' : 'text-muted'}>
          {deliveryWords(delivery, at, now, zone)}
        </p>
      ))}
    </li>
  )
}

/** The reminder whose notification covered this one. It can belong to another task. */
function SentWith({ other, task }: { other: NonNullable<ReminderRow['told_by']>; task: Task }) {
  const { now, zone } = useClock()
  const selection = useSelection()
  return (
    <p className="text-muted">
      Sent{' '}
      {other.task_id !== task.id && (
        <>
          with{' '}
          <button
            type="button"
            dir="auto"
            onClick={() => selection.open(other.task_id)}
            className="rounded text-left underline decoration-idle underline-offset-2 hover:text-ink"
          >
            {other.title}
          </button>
          ,{' '}
        </>
      )}
      {shortDateTime(new Date(other.at), now, zone)}.
    </p>
  )
}
