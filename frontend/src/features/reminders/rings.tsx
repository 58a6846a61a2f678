/** Says what will ring for a task, as the server plans it. */
'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { details } from '@/api/details'
import type { RemindersDraft, Task } from '@/api/types'
import { useDebounced } from '@/lib/hooks'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { ringWords } from './ring-words'

/** What will ring for a task that is not saved yet. */
export function DraftRings({ draft }: { draft: RemindersDraft }) {
  const { now, zone } = useClock()
  const settled = useDebounced(JSON.stringify(draft), 120)
  const { data } = useQuery({
    queryKey: ['rings', settled],
    queryFn: ({ signal }) =>
      details.previewReminders(JSON.parse(settled) as RemindersDraft, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  })
  if (!data) return null
  return <Line>{ringWords(data.rings, draft.all_day ?? false, now, zone)}</Line>
}

/** What will ring for a saved task: the reminders that are planned, a snooze among them. */
export function TaskRings({ task }: { task: Task }) {
  const { now, zone } = useClock()
  const { data } = useQuery({
    queryKey: [...keys.about(task.id, 'reminders'), task.version],
    queryFn: () => details.reminders(task.id),
    placeholderData: keepPreviousData,
    enabled: task.id > 0,
  })
  if (!data) return null
  const rings = data.items.filter(
    ({ state, remind_at }) => state === 'planned' && Date.parse(remind_at) >= now.getTime(),
  )
  rings.sort((a, b) => Date.parse(a.remind_at) - Date.parse(b.remind_at))
  return <Line>{ringWords(rings, task.all_day, now, zone)}</Line>
}

function Line({ children }: { children: string }) {
  return <p className="pt-1 text-13 text-muted tabular">{children}</p>
}
