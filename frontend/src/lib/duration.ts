import { plural } from './words'

/**
 * Reminder offsets: ISO 8601 durations before the due date. Those of an all-day task count from 9:00, and a negative
 * one comes after it: "-PT9H" is 18:00.
 */

const PATTERN = /^(-(?=PT))?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

export function durationMinutes(iso: string): number | null {
  const match = PATTERN.exec(iso)
  if (!match || iso === 'P' || iso.endsWith('T')) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(2)
    .map((part) => Number(part ?? 0))
  const total = ((weeks * 7 + days) * 24 + hours) * 60 + minutes + seconds / 60
  return match[1] ? -total : total
}

export function minutesToDuration(total: number): string {
  if (total === 0) return 'PT0S'
  const days = Math.floor(total / 1440)
  const hours = Math.floor((total % 1440) / 60)
  const minutes = total % 60
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}`
  return `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`
}

export function lengthWords(total: number): string {
  if (total % 10_080 === 0 && total > 0) return plural(total / 10_080, 'week')
  const parts = [
    [Math.floor(total / 1440), 'day'],
    [Math.floor((total % 1440) / 60), 'hour'],
    [Math.floor(total % 60), 'minute'],
    [Math.round((total * 60) % 60), 'second'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => plural(count, unit))
    .join(' ')
}

const ALL_DAY_MINUTES = 9 * 60

function timeAfterNine(minutes: number): string {
  const whole = ALL_DAY_MINUTES - Math.round(minutes)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

export function offsetWords(iso: string): string | null {
  const minutes = durationMinutes(iso)
  if (minutes === null) return null
  if (minutes < 0) return `At ${timeAfterNine(minutes)}`
  return minutes === 0 ? 'When due' : `${lengthWords(minutes)} before`
}

/** The short form for a row: "1d", "1h". */
export function offsetShort(iso: string): string {
  const minutes = durationMinutes(iso)
  if (minutes === null) return 'once'
  if (minutes < 0) return timeAfterNine(minutes)
  if (minutes === 0) return 'when due'
  if (minutes % 10_080 === 0) return `${minutes / 10_080}w`
  if (minutes % 1440 === 0) return `${minutes / 1440}d`
  if (minutes % 60 === 0) return `${minutes / 60}h`
  if (minutes < 1) return `${Math.round(minutes * 60)}s`
  const whole = Math.round(minutes)
  return whole < 60 ? `${whole}m` : `${Math.floor(whole / 60)}h ${whole % 60}m`
}
