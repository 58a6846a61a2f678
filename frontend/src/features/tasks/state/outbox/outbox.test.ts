import 'fake-indexeddb/auto'
import { onlineManager, QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Task } from '@/api/types'
import { newKey } from '@/lib/new-key'
import { keys } from '@/session/query-keys'
import type { Change } from '../../model/changes'
import { flat, type TaskPages } from '../../model/task-pages'
import { aTask } from '../../model/task.builder'
import { outboxRows, setRows } from '../rows'
import { give } from './answers'
import { Outbox } from './outbox'

/** The server: what it was asked, and its answers in order. */
const asked: { url: string; body: unknown; key: string | null }[] = []
const answers: (() => Response | Promise<Response>)[] = []

beforeEach(() => {
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url)
    const body: unknown = request.method === 'GET' ? null : await request.json().catch(() => null)
    asked.push({ url: pathname, body, key: request.headers.get('idempotency-key') })
    const answer = answers.shift()
    if (!answer) throw new TypeError('the server is away')
    return answer()
  })
})

afterEach(() => {
  asked.length = answers.length = 0
  setRows([])
  onlineManager.setOnline(true)
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const json = (task: Partial<Task>) => () => Response.json(aTask(task))
const create: Extract<Change, { kind: 'create' }> = {
  kind: 'create',
  draft: { title: 'Buy stamps' },
  tempId: -5,
}

function aWindow(user = newKey()) {
  const client = new QueryClient()
  return { client, outbox: new Outbox({ client, zone: 'Etc/UTC' }, user) }
}

/** Puts tasks into the Inbox on the screen. Returns what reads their order. */
function anInbox(client: QueryClient, ids: number[]): () => number[] {
  const list = keys.list({ name: 'inbox', param: '' })
  const items = ids.map((id) => aTask({ id }))
  client.setQueryData(list, { pages: [{ items, next_cursor: null }], pageParams: [null] })
  return () => flat(client.getQueryData<TaskPages>(list)).map(({ id }) => id)
}

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

  test('what is typed on while a question is open does not overwrite the other version', async () => {
    const { outbox } = aWindow()
    const theirs = { id: 7, title: 'Theirs', version: 2 }
    answers.push(() => Response.json({ title: 'Changed' }, { status: 412 }), json(theirs))
    await outbox.send({ kind: 'edit', task: aTask({ id: 7 }), patch: { title: 'Mine' } })
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ state: 'disputed' }]))
    // The list has been fetched again: it shows the version of the server, with the title of this window.
    const shown = aTask({ ...theirs, title: 'Mine' })
    await outbox.send({ kind: 'edit', task: shown, patch: { title: 'Mine too' } })
    await outbox.drain()
    expect(outboxRows.get()).toMatchObject([
      { state: 'disputed', theirs, change: { patch: { title: 'Mine too' } } },
    ])
    expect(asked.map(({ body }) => body)).toEqual([{ title: 'Mine' }, null])
  })

  test('a task that is gone is added again with its project', async () => {
    const { outbox } = aWindow()
    answers.push(
      () => Response.json({ title: 'Not found' }, { status: 404 }),
      () => Response.json({ title: 'Not found' }, { status: 404 }),
    )
    const task = aTask({ id: 7, project_id: 4 })
    await outbox.send({ kind: 'edit', task, patch: { title: 'Mine' } })
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ state: 'deleted' }]))
    answers.push(json({ id: 8, project_id: 4 }))
    await give(outbox, outboxRows.get()[0]!, 'add')
    await vi.waitFor(() =>
      expect(asked.at(-1)?.body).toMatchObject({ title: 'Mine', project_id: 4 }),
    )
  })

  test('a new task whose project is gone can be added to the Inbox, as a new request', async () => {
    const { outbox } = aWindow()
    const errors = [{ field: 'project_id', message: 'There is no such project.' }]
    answers.push(() => Response.json({ title: 'Invalid', errors }, { status: 422 }))
    await outbox.send({ ...create, draft: { title: 'Buy stamps', project_id: 4 } })
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ state: 'refused' }]))
    answers.push(json({ id: 8 }))
    await give(outbox, outboxRows.get()[0]!, 'inbox')
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    const [first, second] = asked
    expect(second?.body).toEqual({ ...(first?.body as object), project_id: null })
    expect(second?.key).not.toBe(first?.key)
  })
})
