import { expect, test } from 'vitest'
import { ringWords } from './ring-words'

const NOW = new Date('2026-12-05T10:00:00Z')
const ZONE = 'Europe/Berlin'
const ring = (remind_at: string, offset = 'P1D') => ({ remind_at, offset })

test.each([
  [[], 'Nothing will ring.'],
  [[ring('2026-12-07T08:00:00Z')], 'Rings Mon 7 Dec 09:00.'],
  [
    [ring('2026-12-07T08:00:00Z'), ring('2026-12-08T08:00:00Z', 'PT0S')],
    'Rings Mon 7 Dec 09:00 and at the due time.',
  ],
  [[ring('2026-12-05T10:20:00Z', 'PT0S')], 'Rings at the due time.'],
  [
    [ring('2026-12-05T11:00:00Z'), ring('2026-12-06T11:00:00Z'), ring('2027-01-01T11:00:00Z')],
    'Rings today 12:00, tomorrow 12:00 and Fri 1 Jan 2027 12:00.',
  ],
  [
    ['01', '02', '03', '04'].map((day) => ring(`2027-03-${day}T08:00:00Z`)),
    'Rings Mon 1 Mar 2027 09:00, Tue 2 Mar 2027 09:00, Wed 3 Mar 2027 09:00 and Thu 4 Mar 2027 09:00.',
  ],
  [
    ['06', '07', '08', '09', '10'].map((day) => ring(`2026-12-${day}T08:00:00Z`)),
    'Rings tomorrow 09:00, Mon 7 Dec 09:00, Tue 8 Dec 09:00 and 2 more times.',
  ],
])('%j: %s', (rings, words) => {
  expect(ringWords(rings, false, NOW, ZONE)).toBe(words)
})

test('an all-day task has no due time: the reminder on the day shows its own time', () => {
  expect(ringWords([ring('2026-12-07T08:00:00Z', 'PT0S')], true, NOW, ZONE)).toBe(
    'Rings Mon 7 Dec 09:00.',
  )
})
