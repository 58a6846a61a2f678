import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Task } from '@/api/types'
import { newKey } from '@/lib/new-key'
import type { Change } from '../../model/changes'
import { aTask } from '../../model/task.builder'
import { outboxRows, setRows } from '../rows'
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
  vi.unstubAllGlobals()
})

const json = (task: Partial<Task>) => () => Response.json(aTask(task))
const create: Change = { kind: 'create', draft: { title: 'Buy stamps' }, tempId: -5 }

function aWindow(user = newKey()) {
  const client = new QueryClient()
  return { client, outbox: new Outbox({ client, zone: 'Etc/UTC' }, user) }
}

describe('the outbox', () => {
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
})
