import { describe, expect, test } from 'vitest'
import type { Change } from '../../model/changes'
import { aTask } from '../../model/task.builder'
import { sendable, type OutboxRow } from '../rows'
import { afterAnswer, disputed, newRow } from './row-changes'

const TASK = aTask({ id: 7, title: 'Call Ana' })
const edit = (patch: Extract<Change, { kind: 'edit' }>['patch'], task = TASK): Change => ({
  kind: 'edit',
  task,
  patch,
})
const create: Change = { kind: 'create', draft: { title: 'Buy stamps' }, tempId: -5 }
const aRow = (change: Change): OutboxRow => newRow('ann', change)

describe('rows of the outbox', () => {
  test('changes of a new task are about the created task once it has an id', () => {
    const [first, later] = [aRow(create), aRow({ kind: 'complete', task: aTask({ id: -5 }) })]
    const outcome = { task: aTask({ id: 9, version: 1 }), next: null }
    const [row] = afterAnswer([first, later], first, { outcome }, 'Etc/UTC')
    expect(row?.change).toMatchObject({ kind: 'complete', task: { id: 9 } })
  })

  test('a task is put behind a new one once that has an id, and not before', () => {
    const place = (after: number, before: number): OutboxRow =>
      aRow({ kind: 'place', task: TASK, after, before })
    const [first, behind, back] = [aRow(create), place(-5, 3), place(3, -5)]
    expect(sendable([first, behind, back])).toEqual([first])
    const outcome = { task: aTask({ id: 9 }), next: null }
    const rows = afterAnswer([first, behind, back], first, { outcome }, 'Etc/UTC')
    expect(rows.map(({ change }) => change)).toMatchObject([
      { after: 9, before: 3 },
      { after: 3, before: 9 },
    ])
    expect(sendable(rows)).toEqual(rows)
  })

  test('a later edit is based on what the earlier one has stored', () => {
    const [first, later] = [
      aRow(edit({ title: 'Call  Anna' })),
      aRow(edit({ title: 'Call Annabel' }, { ...TASK, title: 'Call  Anna' })),
    ]
    const outcome = { task: { ...TASK, title: 'Call Anna', version: 2 }, next: null }
    const sent = { title: 'Call  Anna' }
    const [row] = afterAnswer([first, later], first, { outcome, sent }, 'Etc/UTC')
    expect(row?.change).toMatchObject({ task: { title: 'Call Anna' } })
  })

  test('a later edit is not based on a value that nobody here has seen', () => {
    const [first, later] = [
      aRow(edit({ title: 'Call Ana' })),
      aRow(edit({ title: 'Call Annabel' })),
    ]
    const outcome = { task: { ...TASK, title: 'Theirs', version: 2 }, next: null }
    const [row] = afterAnswer([first, later], first, { outcome, sent: {} }, 'Etc/UTC')
    expect(row?.change).toMatchObject({ task: { title: 'Call Ana' } })
  })

  test('what is typed later about a disputed field joins the question', () => {
    const [first, second] = [aRow(edit({ title: 'Mine' })), aRow(edit({ title: 'Mine again' }))]
    const theirs = { ...TASK, title: 'Theirs', version: 2 }
    const asked = disputed([first, second], first, {
      kind: 'disputed',
      disputed: { title: 'Mine' },
      theirs,
    })
    const rows = disputed(asked, second, {
      kind: 'disputed',
      disputed: { title: 'Mine again' },
      theirs,
    })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      key: first.key,
      state: 'disputed',
      change: { patch: { title: 'Mine again' } },
    })
  })
})
