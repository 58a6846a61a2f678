import { expect, test } from 'vitest'
import { changeWords, fieldWords } from './change-words'
import { aTask } from './task.builder'

const NOW = new Date('2026-11-24T10:00:00Z')
const TASK = aTask({ title: 'Call Ana' })

test('a waiting change names its task and what was done', () => {
  expect(changeWords({ kind: 'complete', task: TASK }, NOW, 'Europe/Berlin')).toEqual({
    title: 'Call Ana',
    done: 'Completed',
  })
  const patch = { description: 'a\nb', tags: ['home'] }
  expect(changeWords({ kind: 'edit', task: TASK, patch }, NOW, 'Europe/Berlin').done).toBe(
    'Notes: a b, Tags: home',
  )
})

test('dates are shown in words, and removed values as none', () => {
  const patch = { due_date: '2026-11-25', all_day: true, description: null }
  expect(fieldWords(patch, TASK, NOW, 'Europe/Berlin')).toEqual([
    'Notes: none',
    'Due date: Tomorrow',
  ])
})
