import { describe, expect, it } from 'vitest'
import { localPath } from './local-path'

const HERE = 'https://todo.example'

describe('localPath', () => {
  it.each(['/', '/upcoming', '/task/7?from=search#notes', '/%09/a'])('keeps %s', (next) => {
    expect(localPath(next, HERE)).toBe(next)
  })

  it.each([
    null,
    '',
    'https://evil.example/x',
    '//evil.example/x',
    '/\\evil.example/x',
    '/\t/evil.example/x',
    '/\n/evil.example/x',
    '\t//evil.example/x',
    '/.//evil.example/x',
    '/..//evil.example',
    'javascript:alert(1)',
    'upcoming',
  ])('refuses %j', (next) => {
    expect(localPath(next, HERE)).toBe('/')
  })
})
