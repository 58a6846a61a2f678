import { onlineManager } from '@tanstack/react-query'
import { describe, expect, test, vi } from 'vitest'
import { newKey } from '@/lib/new-key'
import type { Change } from '../../model/changes'
import { aTask } from '../../model/task.builder'
import { outboxRows } from '../rows'
import { answers, anInbox, asked, aWindow, create, json, withServer } from './outbox.builder'

withServer()

describe('a change that is given up', () => {
  test('a place behind a task that was given up is not kept', async () => {
    const { outbox } = aWindow()
    onlineManager.setOnline(false)
    const place: Change = { kind: 'place', task: aTask({ id: 7 }), after: -5, before: 3 }
    await outbox.send(create)
    await outbox.send(place)
    expect(outboxRows.get()).toHaveLength(2)
    await outbox.discard(outboxRows.get()[0]!)
    expect(outboxRows.get()).toEqual([])
    await outbox.send(place)
    expect(outboxRows.get()).toEqual([])
  })

  test('what goes with a discarded task is taken off the screen and out of the undo history', async () => {
    const { client, outbox } = aWindow()
    const order = anInbox(client, [1, 2, 3])
    answers.push(json({ id: 3, priority: 2 }))
    await outbox.send({ kind: 'edit', task: aTask({ id: 3 }), patch: { priority: 2 } })
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    onlineManager.setOnline(false)
    await outbox.send(create)
    await outbox.send({ kind: 'edit', task: aTask({ id: -5 }), patch: { priority: 1 } })
    await outbox.send({ kind: 'place', task: aTask({ id: 1 }), after: -5, before: null })
    expect(order()).toEqual([2, 3, -5, 1])
    await outbox.discard(outboxRows.get()[0]!)
    expect(outboxRows.get()).toEqual([])
    expect(order()).toEqual([1, 2, 3])
    outbox.steps.undo()
    await vi.waitFor(() =>
      expect(outboxRows.get()).toMatchObject([{ change: { task: { id: 3, priority: 2 } } }]),
    )
  })

  test('a change that another window discards is out of the undo history', async () => {
    const user = newKey()
    const [{ outbox }, { outbox: other }] = [aWindow(user), aWindow(user)]
    answers.push(json({ id: 3, priority: 2 }))
    await outbox.send({ kind: 'edit', task: aTask({ id: 3 }), patch: { priority: 2 } })
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    onlineManager.setOnline(false)
    await outbox.send({ kind: 'delete', task: aTask({ id: 4 }) })
    const ended = vi.spyOn(outbox.steps, 'end')
    await other.discard(outboxRows.get()[0]!)
    await vi.waitFor(() => expect(ended).toHaveBeenCalled())
    outbox.steps.undo()
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ change: { kind: 'edit' } }]))
  })

  test('a move that is given up or refused is taken back on the screen, others stay', async () => {
    const { client, outbox } = aWindow()
    const order = anInbox(client, [1, 2, 3])
    onlineManager.setOnline(false)
    await outbox.shift(3, -1)
    await outbox.shift(1, 1)
    expect(order()).toEqual([3, 1, 2])
    await outbox.discard(outboxRows.get()[1]!)
    expect(order()).toEqual([1, 3, 2])
    onlineManager.setOnline(true)
    answers.push(() => Response.json({ title: 'Invalid' }, { status: 422 }))
    void outbox.drain()
    await vi.waitFor(() => expect(order()).toEqual([1, 2, 3]))
  })
})
