import { describe, expect, it } from 'vitest'
import { fieldChanges } from './change-words'
import type { ProposalRow } from './types'

const NOW = new Date('2026-12-01T08:00:00Z')
const row = (fields: Partial<ProposalRow>): ProposalRow => ({
  index: 0,
  action: 'reschedule',
  task_id: 1,
  title: 'Water the plants',
  before: {},
  after: {},
  series: null,
  reminders: null,
  problem: null,
  ...fields,
})

describe('fieldChanges', () => {
  it('shows dates in the zone of the person', () => {
    const changes = fieldChanges(
      row({
        before: { due_date: '2026-12-03T16:00:00+09:00', occurrence: 2 },
        after: { due_date: '2026-12-04T16:00:00+09:00', occurrence: 3 },
      }),
      NOW,
      'Asia/Tokyo',
    )
    expect(changes).toEqual([{ field: 'Due', from: 'Thu 3 Dec, 16:00', to: 'Fri 4 Dec, 16:00' }])
  })

  it.each(['Pacific/Kiritimati', 'Pacific/Honolulu'])('keeps an all-day date in %s', (zone) => {
    const [change] = fieldChanges(
      row({ before: { due_date: '2026-12-03' }, after: { due_date: null } }),
      NOW,
      zone,
    )
    expect(change).toEqual({ field: 'Due', from: 'Thu 3 Dec', to: 'none' })
  })

  it('shows a new task without a value before', () => {
    const changes = fieldChanges(
      row({ action: 'add', after: { title: 'Water the plants', tags: ['home', 'daily'] } }),
      NOW,
      'UTC',
    )
    expect(changes).toEqual([{ field: 'Tags', from: null, to: 'home, daily' }])
  })
})
