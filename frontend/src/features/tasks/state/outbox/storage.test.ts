import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aTask } from '../../model/task.builder'
import { storageTrouble, type OutboxRow } from '../rows'
import { newRow } from './row-changes'
import { OutboxStorage } from './storage'

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  storageTrouble.set(null)
})

const aRow = (seq: number, user = 'ann'): OutboxRow => ({
  ...newRow(user, { kind: 'delete', task: aTask({ id: seq }) }),
  seq,
})
const add =
  (...added: OutboxRow[]) =>
  (rows: OutboxRow[]) => [...rows, ...added]
const same = (rows: OutboxRow[]) => rows
const order = (rows: OutboxRow[]) => rows.map(({ seq }) => seq)

/** The browser refuses every write from now on. */
function refuse(name: string): void {
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('refused', name)
  })
}

test('rows survive the window, in their order, and belong to one person', async () => {
  await new OutboxStorage('ann').change(add(aRow(2), aRow(1)))
  await new OutboxStorage('bob').change(add(aRow(3, 'bob')))
  const rows = await new OutboxStorage('ann').change(same)
  expect(order(rows)).toEqual([1, 2])
  expect(storageTrouble.get()).toBeNull()
})

test('changes by two windows at once are all kept', async () => {
  const [one, other] = [new OutboxStorage('ann'), new OutboxStorage('ann')]
  await Promise.all([1, 2, 3, 4].map((seq) => (seq % 2 ? one : other).change(add(aRow(seq)))))
  expect(order(await new OutboxStorage('ann').change(same))).toEqual([1, 2, 3, 4])
})

test('a row is replaced and removed in the database', async () => {
  const storage = new OutboxStorage('ann')
  await storage.change(add(aRow(1), aRow(2)))
  await storage.change(([first]) => [{ ...first!, reason: 'Down.' }])
  const rows = await new OutboxStorage('ann').change(same)
  expect(rows).toMatchObject([{ seq: 1, reason: 'Down.' }])
})

test('a full storage keeps new rows in memory, and stores them when there is space', async () => {
  const storage = new OutboxStorage('ann')
  await storage.change(add(aRow(1)))
  refuse('QuotaExceededError')
  expect(order(await storage.change(add(aRow(2))))).toEqual([1, 2])
  expect(storageTrouble.get()).toBe('The storage of this browser is full.')
  expect(order(await storage.change((rows) => rows.slice(1)))).toEqual([2])
  expect(await new OutboxStorage('ann').change(same)).toEqual([])
  vi.restoreAllMocks()
  await storage.change(same)
  expect(storageTrouble.get()).toBeNull()
  expect(order(await new OutboxStorage('ann').change(same))).toEqual([2])
})

test('a browser that keeps no data has the rows for as long as the window is open', async () => {
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('forbidden', 'SecurityError')
  })
  const storage = new OutboxStorage('ann')
  await storage.change(add(aRow(1)))
  expect(order(await storage.change(add(aRow(2))))).toEqual([1, 2])
  expect(storageTrouble.get()).toMatch(/does not store data/)
})
