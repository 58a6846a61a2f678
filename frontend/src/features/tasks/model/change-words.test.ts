import { expect, test } from 'vitest'
import type { Project } from '@/api/types'
import { changeWords, fieldWords } from './change-words'
import { aTask } from './task.builder'

const READING = {
  now: new Date('2026-11-24T10:00:00Z'),
  zone: 'Europe/Berlin',
  projects: [
    { id: 4, name: 'Garden' },
    { id: 5, name: 'Boat' },
  ] as Project[],
}
const TASK = aTask({ title: 'Call Ana' })

test('a waiting change names its task and what was done', () => {
  expect(changeWords({ kind: 'complete', task: TASK }, READING)).toEqual({
    title: 'Call Ana',
    done: 'Completed',
  })
  const patch = { description: 'a\nb', tags: ['home'] }
  expect(changeWords({ kind: 'edit', task: TASK, patch }, READING).done).toBe(
    'Notes: a b, Tags: home',
  )
})

test('dates are shown in words, and removed values as none', () => {
  const patch = { due_date: '2026-11-25', all_day: true, description: null }
  expect(fieldWords(patch, TASK, READING)).toEqual(['Notes: none', 'Due date: Tomorrow'])
})

test('both versions of a conflict are told apart by words, not by raw values', () => {
  const mine = { project_id: 4, priority: 1, recurrence: 'FREQ=WEEKLY;INTERVAL=2' }
  const theirs = aTask({
    project_id: 5,
    priority: 9,
    recurrence: 'FREQ=DAILY',
    recurrence_text: 'daily',
  })
  expect(fieldWords(mine, theirs, READING)).toEqual([
    'Repetition: every 2 weeks',
    'Priority: high',
    'Project: Garden',
  ])
  const { project_id, priority, recurrence } = theirs
  expect(fieldWords({ project_id, priority, recurrence }, theirs, READING)).toEqual([
    'Repetition: daily',
    'Priority: low',
    'Project: Boat',
  ])
  expect(fieldWords({ project_id: null, priority: 0 }, theirs, READING)).toEqual([
    'Priority: none',
    'Project: Inbox',
  ])
})
