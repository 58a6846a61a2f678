import { onlineManager, QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { newKey } from '@/lib/new-key'
import { keys } from '@/session/query-keys'
import { flat, type TaskPages } from '../../model/task-pages'
import { aTask } from '../../model/task.builder'
import { outboxOf } from './current'

test('the outbox shows what waits in the lists of a page that is shown again', async () => {
  onlineManager.setOnline(false)
  const user = newKey()
  const list = keys.list({ name: 'inbox', param: '' })
  const aPage = () => {
    const client = new QueryClient()
    const pages = { pages: [{ items: [aTask({ id: 7 })], next_cursor: null }], pageParams: [null] }
    client.setQueryData(list, pages)
    return { client, shown: () => flat(client.getQueryData<TaskPages>(list))[0] }
  }
  const [first, second] = [aPage(), aPage()]
  await outboxOf(first.client, user, 'Etc/UTC').send({
    kind: 'edit',
    task: aTask({ id: 7 }),
    patch: { title: 'Mine' },
  })
  expect(first.shown()?.title).toBe('Mine')
  const outbox = outboxOf(second.client, user, 'Etc/UTC')
  expect(outbox).toBe(outboxOf(first.client, user, 'Etc/UTC'))
  expect(second.shown()?.title).toBe('Mine')
  await outboxOf(second.client, user, 'Etc/UTC').send({ kind: 'delete', task: aTask({ id: 7 }) })
  expect(second.shown()?.deleted_at).not.toBeNull()
})
