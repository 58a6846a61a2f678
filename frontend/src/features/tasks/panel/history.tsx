/** The history of a task: each change, with who made it. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { details } from '@/api/details'
import type { HistoryEntry, Task } from '@/api/types'
import { agoWords } from '@/lib/words'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { actorWords, changeWords, eventWords } from '../model/history-words'
import { SectionState } from './section-state'

export function History({ task }: { task: Task }) {
  const query = useQuery({
    queryKey: keys.about(task.id, 'history'),
    queryFn: () => details.history(task.id),
  })
  return (
    <SectionState query={query} empty="Nothing has happened yet.">
      {(items) => (
        <ol className="flex flex-col gap-3">
          {items.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </SectionState>
  )
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const { now, zone } = useClock()
  return (
    <li className="text-13">
      <p>
        <span className="font-medium">{actorWords(entry.actor)}</span> {eventWords(entry)}
        <span className="text-muted"> · {agoWords(new Date(entry.at), now, zone)}</span>
      </p>
      {changeWords(entry, now, zone).map(({ field, from, to }) => (
        <p key={field} className="text-muted">
          <span className="first-letter:uppercase">{field}</span>:{' '}
          <span className="line-through decoration-idle">{from}</span> →{' '}
          <span className="text-soft">{to}</span>
        </p>
      ))}
    </li>
  )
}
