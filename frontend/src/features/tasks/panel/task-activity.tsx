'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import type { Delivery, Fate, ReminderRow, Task } from '@/api/types'
import { useClock } from '@/session/clock'
import { offsetWords } from '@/lib/duration'
import { agoWords, lateWords, shortDate, shortDateTime } from '@/lib/words'
import { timeField, wallClock } from '@/lib/zoned'
import type { TaskActions } from '../state/actions'
import { keys } from '@/session/query-keys'
import { actorWords, changeWords, channelWords, eventWords } from '../model/history-words'
import { useSelection } from '../state/selection'

/** What happened to this task, and what became of its reminders: folded until somebody asks. */
export function TaskTrail({ task, actions }: { task: Task; actions: TaskActions }) {
  return (
    <div className="flex flex-col border-t">
      {task.series_id && (
        <Fold title="Occurrences">
          <Occurrences task={task} actions={actions} />
        </Fold>
      )}
      <Fold title="Reminders sent">
        <Deliveries task={task} />
      </Fold>
      <Fold title="History">
        <History task={task} />
      </Fold>
    </div>
  )
}

function Fold({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <section className="border-b">
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-10 w-full items-center justify-between text-left font-medium text-soft hover:text-ink max-sm:h-12"
        >
          {title}
          <ChevronRight
            aria-hidden
            className={`size-4 text-muted transition-transform duration-150 ${open ? 'rotate-90' : ''}`}
            strokeWidth={1.5}
          />
        </button>
      </h3>
      {open && <div className="animate-fade pb-4">{children}</div>}
    </section>
  )
}

function Quiet({ children }: { children: ReactNode }) {
  return <p className="text-13 text-muted">{children}</p>
}

function History({ task }: { task: Task }) {
  const { now, zone } = useClock()
  const { data, error } = useQuery({
    queryKey: keys.about(task.id, 'history'),
    queryFn: () => api.history(task.id),
  })
  if (error) return <Quiet>{sentence(error)}</Quiet>
  if (!data) return <Quiet>Loading…</Quiet>
  if (data.items.length === 0) return <Quiet>Nothing has happened yet.</Quiet>
  return (
    <ol className="flex flex-col gap-3">
      {data.items.map((entry) => (
        <li key={entry.id} className="text-13">
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
      ))}
    </ol>
  )
}

const FATES: Record<Fate, { words: string; tint: string }> = {
  open: { words: 'open', tint: 'text-soft' },
  done: { words: 'done', tint: 'text-accent' },
  skipped: { words: 'skipped', tint: 'text-muted' },
  missed: { words: 'missed', tint: 'text-red' },
}

function Occurrences({ task, actions }: { task: Task; actions: TaskActions }) {
  const { now } = useClock()
  const selection = useSelection()
  const { data, error } = useQuery({
    queryKey: keys.about(task.id, 'occurrences'),
    queryFn: () => api.occurrences(task.id),
  })
  if (error) return <Quiet>{sentence(error)}</Quiet>
  if (!data) return <Quiet>Loading…</Quiet>
  return (
    <ol className="flex flex-col">
      {data.items.map((row) => {
        const fate = FATES[row.fate]
        const there = row.task_id !== null
        return (
          <li
            key={`${row.occurrence}-${row.task_id}`}
            className="flex min-h-8 items-center gap-2 text-13 max-sm:min-h-11"
          >
            <button
              type="button"
              disabled={!there || row.task_id === task.id}
              onClick={() => row.task_id && selection.open(row.task_id)}
              className="flex-1 truncate rounded text-left tabular enabled:hover:underline disabled:cursor-default"
            >
              {row.due_date
                ? shortDateTime(new Date(row.due_date), now, task.timezone, task.all_day)
                : 'No date'}
              {row.task_id === task.id && <span className="text-muted"> · this one</span>}
            </button>
            <span className={fate.tint}>{fate.words}</span>
            {row.task_id !== null && row.fate === 'open' && (
              <SmallButton onClick={() => actions.skip({ ...task, id: row.task_id! })}>
                Skip
              </SmallButton>
            )}
            {row.task_id !== null && row.fate !== 'open' && (
              <SmallButton
                onClick={() => actions.reopen({ ...task, id: row.task_id!, completed: true })}
              >
                Reopen
              </SmallButton>
            )}
          </li>
        )
      })}
    </ol>
  )
}

function SmallButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="-my-1 h-7 rounded-control px-2 font-medium text-muted hover:bg-hover hover:text-ink max-sm:h-11"
    >
      {children}
    </button>
  )
}

const SOONEST = 2_000
const LATEST = 3_600_000

/** Milliseconds until what is planned or on its way here should have become something else. */
function untilNews(reminders: ReminderRow[]): number | false {
  const moments = reminders.flatMap(({ state, remind_at, reason, deliveries }) => {
    const beingSent = state === 'fired' && deliveries.length === 0 && !reason
    return [
      ...(state === 'planned' || beingSent ? [remind_at] : []),
      ...deliveries.flatMap((delivery) =>
        delivery.state === 'claimed' ? remind_at : (delivery.next_try_at ?? []),
      ),
    ]
  })
  if (moments.length === 0) return false
  const next = Math.min(...moments.map((moment) => Date.parse(moment))) - Date.now()
  return Math.min(Math.max(next, SOONEST), LATEST)
}

function Deliveries({ task }: { task: Task }) {
  const { data, error } = useQuery({
    queryKey: keys.about(task.id, 'reminders'),
    queryFn: () => api.reminders(task.id),
    refetchInterval: ({ state }) => untilNews(state.data?.items ?? []),
  })
  if (error) return <Quiet>{sentence(error)}</Quiet>
  if (!data) return <Quiet>Loading…</Quiet>
  if (data.items.length === 0) return <Quiet>This task has no reminders.</Quiet>
  return (
    <ul className="flex flex-col gap-3">
      {data.items.map((reminder) => (
        <Reminder key={reminder.id} reminder={reminder} task={task} />
      ))}
    </ul>
  )
}

function Reminder({ reminder, task }: { reminder: ReminderRow; task: Task }) {
  const { now, zone } = useClock()
  const at = new Date(reminder.remind_at)
  return (
    <li className="text-13">
      <p className="font-medium">
        {specWords(reminder.offset)}
        <span className="font-normal text-muted tabular"> · {shortDateTime(at, now, zone)}</span>
      </p>
      {reminder.deliveries.length === 0 && (
        <p className="text-muted">
          {reminder.reason ?? (reminder.state === 'fired' ? 'Being sent.' : 'Planned.')}
        </p>
      )}
      {reminder.told_by && <ToldBy teller={reminder.told_by} task={task} />}
      {reminder.deliveries.map((delivery) => (
        <p key={delivery.id} className={delivery.state === 'failed' ? 'text-red' : 'text-muted'}>
          {deliveryWords(delivery, at, now, zone)}
        </p>
      ))}
    </li>
  )
}

function ToldBy({ teller, task }: { teller: NonNullable<ReminderRow['told_by']>; task: Task }) {
  const { now, zone } = useClock()
  const selection = useSelection()
  return (
    <p className="text-muted">
      Told{' '}
      {teller.task_id !== task.id && (
        <>
          in{' '}
          <button
            type="button"
            dir="auto"
            onClick={() => selection.open(teller.task_id)}
            className="rounded text-left underline decoration-idle underline-offset-2 hover:text-ink"
          >
            {teller.title}
          </button>
          ,{' '}
        </>
      )}
      {shortDateTime(new Date(teller.at), now, zone)}.
    </p>
  )
}

function specWords(spec: string): string {
  if (spec === 'nag') return 'Rung again'
  if (spec === 'snooze') return 'Snoozed'
  return offsetWords(spec) ?? 'Once'
}

/** "Sent by email to ann@example.org, 09:00:00 · 4 minutes late · seen"; with the day where it is not the reminder's own. */
function deliveryWords(delivery: Delivery, planned: Date, now: Date, zone: string): string {
  const clock = (iso: string) => {
    const instant = new Date(iso)
    const seconds = String(instant.getUTCSeconds()).padStart(2, '0')
    const time = `${timeField(wallClock(instant, zone))}:${seconds}`
    const day = shortDate(instant, now, zone)
    return day === shortDate(planned, now, zone) ? time : `${day}, ${time}`
  }
  const where = channelWords(delivery.channel) + (delivery.to ? ` to ${delivery.to}` : '')
  const parts: string[] = []
  if (delivery.state === 'failed') {
    parts.push(`Failed ${where}${delivery.reason ? `: ${delivery.reason}` : ''}`)
    parts.push(
      delivery.next_try_at ? `next try ${clock(delivery.next_try_at)}` : 'it is not tried again',
    )
  } else if (delivery.sent_at) {
    parts.push(`Sent ${where}, ${clock(delivery.sent_at)}`)
  } else if (delivery.state === 'planned' || delivery.state === 'claimed') {
    parts.push(`${delivery.state === 'planned' ? 'Planned' : 'Being sent'} ${where}`)
    if (delivery.state === 'planned' && delivery.next_try_at)
      parts.push(`at ${clock(delivery.next_try_at)}`)
  } else {
    parts.push(`Not sent ${where}${delivery.reason ? `: ${delivery.reason}` : ''}`)
  }
  const late = lateWords(delivery.late_seconds ?? 0)
  if (late && delivery.sent_at) parts.push(late)
  if (delivery.attempt > 1) parts.push(`attempt ${delivery.attempt}`)
  if (delivery.acknowledged_at) parts.push('seen')
  return parts.join(' · ')
}
