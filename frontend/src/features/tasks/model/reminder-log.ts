/** Describes the reminders of a task and their deliveries in words. */
import type { Delivery, ReminderRow } from '@/api/types'
import { offsetWords } from '@/lib/duration'
import { lateWords, shortDate } from '@/lib/words'
import { timeField, wallClock } from '@/lib/zoned'
import { channelWords } from './history-words'

const SOONEST = 2_000
const LATEST = 3_600_000

/** How long until a planned or running delivery should have changed, or false if none will. */
export function millisecondsUntilChange(reminders: ReminderRow[], now: number): number | false {
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
  const next = Math.min(...moments.map((moment) => Date.parse(moment))) - now
  return Math.min(Math.max(next, SOONEST), LATEST)
}

export function reminderWords(offset: string): string {
  if (offset === 'nag') return 'Repeated'
  if (offset === 'snooze') return 'Snoozed'
  return offsetWords(offset) ?? 'Once'
}

/** "Sent by email to ann@example.org, 09:00:00 · 4 minutes late · seen". The day is shown if it is not the planned one. */
export function deliveryWords(delivery: Delivery, planned: Date, now: Date, zone: string): string {
  const time = (iso: string) => timeWords(new Date(iso), planned, now, zone)
  const where = channelWords(delivery.channel) + (delivery.to ? ` to ${delivery.to}` : '')
  const late = delivery.sent_at && lateWords(delivery.late_seconds ?? 0)
  return [
    ...stateWords(delivery, where, time),
    late,
    delivery.attempt > 1 && `attempt ${delivery.attempt}`,
    delivery.acknowledged_at && 'seen',
  ]
    .filter(Boolean)
    .join(' · ')
}

function stateWords(
  { state, sent_at, next_try_at, reason }: Delivery,
  where: string,
  time: (iso: string) => string,
): string[] {
  const why = reason ? `: ${reason}` : ''
  if (state === 'failed')
    return [
      `Failed ${where}${why}`,
      next_try_at ? `next attempt ${time(next_try_at)}` : 'no further attempt',
    ]
  if (sent_at) return [`Sent ${where}, ${time(sent_at)}`, ...(reason ? [reason] : [])]
  if (state === 'claimed') return [`Being sent ${where}`]
  if (state === 'planned')
    return [`Planned ${where}`, ...(next_try_at ? [`at ${time(next_try_at)}`] : [])]
  return [`Not sent ${where}${why}`]
}

function timeWords(instant: Date, planned: Date, now: Date, zone: string): string {
  const seconds = String(instant.getUTCSeconds()).padStart(2, '0')
  const time = `${timeField(wallClock(instant, zone))}:${seconds}`
  const day = shortDate(instant, now, zone)
  return day === shortDate(planned, now, zone) ? time : `${day}, ${time}`
}
