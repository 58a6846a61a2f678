import { expect, test } from 'vitest'
import { destination, mayWords, shortWords } from './scope-words'

test('every scope is said in plain words, in the given order', () => {
  expect(mayWords(['tasks:read', 'tasks:delete'])).toEqual([
    'See your tasks, tags, reminders and their history',
    'Propose to delete tasks. You approve each time, and can restore them from the trash',
  ])
  expect(shortWords(['tasks:read', 'tasks:write'])).toBe('May see tasks, add and change tasks')
})

test('a redirect leads to a host or to a program on this device', () => {
  expect(destination('https://claude.ai/api/mcp/auth_callback', false)).toBe('claude.ai')
  expect(destination('http://127.0.0.1:8765/callback', true)).toBe('a program on this device')
  expect(destination('cursor://anysphere.cursor-mcp/oauth/callback', true)).toBe(
    'a program on this device',
  )
})
