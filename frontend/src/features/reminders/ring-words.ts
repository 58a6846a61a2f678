import { dayNumber, timeField, wallClock } from '@/lib/zoned'
import { plural, shortDate } from '@/lib/words'

const MOST = 3

interface Ring {
  remind_at: string
  /** The reminder as it was set: "PT0S" is at the due time. */
  offset: string
}

/** "Rings Mon 7 Dec 09:00 and at the due time." */
export function ringWords(rings: Ring[], allDay: boolean, now: Date, zone: string): string {
  if (rings.length === 0) return 'Nothing will ring.'
  const moments = rings.map(({ remind_at, offset }) =>
    offset === 'PT0S' && !allDay ? 'at the due time' : momentWords(new Date(remind_at), now, zone),
  )
  const more = moments.length - MOST
  const named = moments.slice(0, more > 1 ? MOST : undefined)
  if (more > 1) named.push(plural(more, 'more time'))
  const last = named.pop()
  return `Rings ${named.length ? `${named.join(', ')} and ${last}` : last}.`
}

function momentWords(instant: Date, now: Date, zone: string): string {
  const wall = wallClock(instant, zone)
  const days = dayNumber(wall) - dayNumber(wallClock(now, zone))
  const day = days === 0 ? 'today' : days === 1 ? 'tomorrow' : shortDate(instant, now, zone)
  return `${day} ${timeField(wall)}`
}
