import { onlineManager } from '@tanstack/react-query'
import { describe, expect, test, vi } from 'vitest'
import { newKey } from '@/lib/new-key'
import { keys } from '@/session/query-keys'
import { aTask } from '../../model/task.builder'
import { outboxRows } from '../rows'
import { answers, anInbox, asked, aWindow, create, json, withServer } from './outbox.builder'

withServer()

describe('the outbox', () => {
  test('steps that are undone while the last one is on its way are undone in their order', async () => {
    const { client, outbox } = aWindow()
    anInbox(client, [1, 2])
    answers.push(json({ id: 1 }))
    await outbox.send({ kind: 'place', task: aTask({ id: 1 }), after: 2, before: null })
    await vi.waitFor(() => expect(outboxRows.get()).toHaveLength(0))
    let answer: (response: Response) => void = () => undefined
    answers.push(() => new Promise((resolve) => (answer = resolve)))
    answers.push(json({ id: 2 }), json({ id: 1 }))
    await outbox.send({ kind: 'place', task: aTask({ id: 2 }), after: 1, before: null })
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    outbox.steps.undo()
    outbox.steps.undo()
    answer(Response.json(aTask({ id: 2 })))
    await vi.waitFor(() => expect(asked).toHaveLength(4))
    expect(asked.map(({ url }) => url.split('/')[3])).toEqual(['1', '2', '2', '1'])
  })

  test('a change of a new task that is stored after the answer is about the created task', async () => {
    const { outbox } = aWindow()
    answers.push(json({ id: 9 }), json({ id: 9, completed: true }))
    await outbox.send(create)
    await outbox.drain()
    await outbox.send({ kind: 'complete', task: aTask({ id: -5 }) })
    await vi.waitFor(() => expect(asked.at(-1)?.url).toBe('/api/tasks/9/complete'))
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
  })

  test('a change that another window stored meanwhile is sent once it hears the answer', async () => {
    const user = newKey()
    const [{ outbox }, { outbox: other }] = [aWindow(user), aWindow(user)]
    await other.send({ kind: 'complete', task: aTask({ id: -5 }) })
    await other.drain()
    expect(asked).toEqual([])
    answers.push(json({ id: 9 }), json({ id: 9, completed: true }))
    await outbox.send(create)
    await vi.waitFor(() => expect(asked.at(-1)?.url).toBe('/api/tasks/9/complete'))
  })

  test('tasks that fail in the same pass are one failure, which is not shown at first', async () => {
    const { outbox } = aWindow()
    onlineManager.setOnline(false)
    for (const id of [1, 2, 3, 4, 5]) await outbox.send({ kind: 'complete', task: aTask({ id }) })
    await outbox.drain()
    onlineManager.setOnline(true)
    for (let count = 0; count < 5; count++)
      answers.push(() => Response.json({ title: 'Down' }, { status: 503 }))
    await outbox.drain()
    expect(asked).toHaveLength(5)
    expect(outboxRows.get().map(({ reason }) => reason)).toEqual([null, null, null, null, null])
    for (const id of [1, 2, 3, 4, 5]) answers.push(json({ id, completed: true }))
    await outbox.tryAgain()
    expect(outboxRows.get()).toEqual([])
  })

  test('every try of a completion has the same body, however late it is', async () => {
    const { outbox } = aWindow()
    await outbox.send({ kind: 'complete', task: aTask({ id: 7 }) })
    await outbox.drain()
    vi.setSystemTime(Date.now() + 120_000)
    answers.push(json({ id: 7, completed: true }))
    await outbox.tryAgain()
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    const [first, ...later] = asked.filter(({ url }) => url.endsWith('/complete'))
    expect(first?.body).toEqual({})
    for (const again of later) expect(again).toEqual(first)
  })

  test('a completion whose first try waited is sent with its own time', async () => {
    const { outbox } = aWindow()
    onlineManager.setOnline(false)
    await outbox.send({ kind: 'complete', task: aTask({ id: 7 }) })
    const at = new Date(outboxRows.get()[0]!.at).toISOString()
    await outbox.drain()
    vi.setSystemTime(Date.now() + 120_000)
    onlineManager.setOnline(true)
    answers.push(json({ id: 7, completed: true }))
    void outbox.drain()
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    expect(asked).toMatchObject([{ body: { completed_at: at } }])
  })

  test('a command whose key was used with another body is done: the task is fetched', async () => {
    const { client, outbox } = aWindow()
    const errors = [{ field: 'Idempotency-Key', message: 'It was used for another request.' }]
    answers.push(
      () => Response.json({ title: 'Invalid', errors }, { status: 422 }),
      json({ id: 7, completed: true, version: 2 }),
    )
    client.setQueryData(keys.one(7), aTask({ id: 7 }))
    await outbox.send({ kind: 'complete', task: aTask({ id: 7 }) })
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    expect(asked.map(({ url }) => url)).toEqual(['/api/tasks/7/complete', '/api/tasks/7'])
    expect(client.getQueryData(keys.one(7))).toMatchObject({ completed: true, version: 2 })
  })

  test('steps in a list that follow each other at once are all made', async () => {
    const { client, outbox } = aWindow()
    onlineManager.setOnline(false)
    const order = anInbox(client, [1, 2, 3, 4])
    void outbox.shift(4, -1)
    void outbox.shift(4, -1)
    await outbox.shift(4, -1)
    expect(order()).toEqual([4, 1, 2, 3])
    await outbox.shift(4, -1)
    void outbox.shift(1, 1)
    await outbox.shift(1, 1)
    expect(order()).toEqual([4, 2, 3, 1])
    const places = outboxRows.get().map(({ change }) => change.kind === 'place' && change.after)
    expect(places).toEqual([2, 1, null, 2, 3])
  })

  test('a moved task keeps its place when a task is added, and stays behind it', async () => {
    const { client, outbox } = aWindow()
    const order = anInbox(client, [1, 2, 3])
    onlineManager.setOnline(false)
    await outbox.shift(3, -1)
    await outbox.send(create)
    expect(order()).toEqual([1, 3, 2, -5])
    await outbox.shift(2, 1)
    expect(order()).toEqual([1, 3, -5, 2])
    onlineManager.setOnline(true)
    answers.push(json({ id: 3, position: 15 }), json({ id: 9 }))
    void outbox.drain()
    await vi.waitFor(() => expect(asked.at(-1)?.body).toEqual({ after: 9 }))
    expect(order()).toEqual([1, 3, 9, 2])
    answers.push(json({ id: 2, position: 40 }))
    await outbox.tryAgain()
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
  })
})
