import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { beforeLogout, forget, leave } from './logout'

const done: string[] = []
const step = (name: string) => async () => {
  done.push(name)
}

afterEach(() => {
  done.length = 0
  localStorage.clear()
  vi.restoreAllMocks()
})

function aPage(): QueryClient {
  vi.spyOn(location, 'reload').mockImplementation(() => void done.push('reload'))
  beforeLogout({ send: step('send'), forget: step('forget') })
  const client = new QueryClient()
  client.setQueryData(['me'], { id: 'ann' })
  localStorage.setItem('todo:push:owner', 'ann')
  return client
}

test('what waits is sent before a session ends, and nothing of the person stays in memory', async () => {
  const client = aPage()
  await leave(client, step('end'))
  expect(done).toEqual(['send', 'end', 'reload'])
  expect(client.getQueryData(['me'])).toBeUndefined()
  expect(localStorage.getItem('todo:push:owner')).toBeNull()
})

test('a session that could not be ended goes on', async () => {
  const client = aPage()
  await expect(leave(client, () => Promise.reject(new Error('wrong password')))).rejects.toThrow()
  expect(done).toEqual(['send'])
  expect(client.getQueryData(['me'])).toEqual({ id: 'ann' })
})

test('a deleted account leaves no drafts and no waiting changes of that person', async () => {
  aPage()
  localStorage.setItem('todo:draft:ann:quick-add', 'call Ana')
  localStorage.setItem('todo:draft:bob:quick-add', 'call Bob')
  await forget('ann')
  expect(done).toEqual(['forget'])
  expect(localStorage.getItem('todo:draft:ann:quick-add')).toBeNull()
  expect(localStorage.getItem('todo:draft:bob:quick-add')).toBe('call Bob')
})
