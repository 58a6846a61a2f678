/** What the tests of the outbox share: a server that answers what the test says, and windows. */
import 'fake-indexeddb/auto'
import { onlineManager, QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Task } from '@/api/types'
import { newKey } from '@/lib/new-key'
import { keys } from '@/session/query-keys'
import type { Change } from '../../model/changes'
import { flat, type TaskPages } from '../../model/task-pages'
import { aTask } from '../../model/task.builder'
import { setRows } from '../rows'
import { Outbox } from './outbox'

/** What the server was asked, and its answers in order. */
export const asked: { url: string; body: unknown; key: string | null }[] = []
export const answers: (() => Response | Promise<Response>)[] = []

/** Each test of the file has a server of its own. */
export function withServer(): void {
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
}

export const json = (task: Partial<Task>) => () => Response.json(aTask(task))

export const create: Extract<Change, { kind: 'create' }> = {
  kind: 'create',
  draft: { title: 'Buy stamps' },
  tempId: -5,
}

export function aWindow(user = newKey()) {
  const client = new QueryClient()
  return { client, outbox: new Outbox({ client, zone: 'Etc/UTC' }, user) }
}

/** Puts tasks into the Inbox on the screen. Returns what reads their order. */
export function anInbox(client: QueryClient, ids: number[]): () => number[] {
  const list = keys.list({ name: 'inbox', param: '' })
  const items = ids.map((id) => aTask({ id }))
  client.setQueryData(list, { pages: [{ items, next_cursor: null }], pageParams: [null] })
  return () => flat(client.getQueryData<TaskPages>(list)).map(({ id }) => id)
}
