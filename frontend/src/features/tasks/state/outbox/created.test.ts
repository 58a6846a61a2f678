import { expect, test } from 'vitest'
import { aTask } from '../../model/task.builder'
import { Created } from './created'
import { newRow } from './row-changes'

test('changes of a task that will never be created go with its creation, and no others', () => {
  const rows = [
    newRow('ann', { kind: 'create', draft: { title: 'Buy stamps' }, tempId: -5 }),
    newRow('ann', { kind: 'complete', task: aTask({ id: -5 }) }),
    newRow('ann', { kind: 'place', task: aTask({ id: 7 }), after: -5, before: 3 }),
    newRow('ann', { kind: 'place', task: aTask({ id: 7 }), after: -6, before: 3 }),
    newRow('ann', { kind: 'edit', task: aTask({ id: 7 }), patch: { title: 'x' } }),
  ]
  const created = new Created()
  created.giveUp(rows[1]!)
  expect(created.map(rows, 'Etc/UTC')).toEqual(rows)
  created.giveUp(rows[0]!)
  expect(created.map(rows, 'Etc/UTC')).toEqual(rows.slice(3))
})
