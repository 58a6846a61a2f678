import { describe, expect, test } from 'vitest'
import type { Task } from '@/api/types'
import { flat, insertTask, mapTask, placeTask, type TaskPages } from './task-pages'
import { aTask } from './task.builder'
import { belongs } from './views'

const BERLIN = 'Europe/Berlin'
/** Tuesday 24 November 2026, 12:00 in Berlin */
const NOW = new Date('2026-11-24T11:00:00Z')

describe('the loaded pages of a list', () => {
  const one = aTask({ id: 1, due_date: '2026-11-24T08:00:00Z' })
  const two = aTask({ id: 2, due_date: '2026-11-26T08:00:00Z' })
  const pages = (next_cursor: string | null): TaskPages => ({
    pages: [{ items: [one, two], next_cursor }],
    pageParams: [undefined],
  })
  const ALL = { name: 'all', param: '' } as const
  const ids = (list: TaskPages) => flat(list).map(({ id }) => id)

  test('a task is inserted where the server would list it', () => {
    const between = aTask({ id: 3, due_date: '2026-11-25T08:00:00Z' })
    expect(ids(insertTask(pages(null), between, ALL, BERLIN))).toEqual([1, 3, 2])
    expect(ids(insertTask(pages(null), aTask({ id: 4 }), ALL, BERLIN))).toEqual([1, 2, 4])
  })

  test('in a project the placed tasks come first, in their order, and a new one comes last', () => {
    const placed = (id: number, position: number | null) => aTask({ id, position, project_id: 7 })
    const list = {
      pages: [{ items: [placed(2, 10), placed(1, 20), placed(3, null)], next_cursor: null }],
      pageParams: [undefined],
    }
    const project = { name: 'project', param: '7' } as const
    const inserted = (task: Task) => ids(insertTask(list, task, project, BERLIN))
    expect(inserted(placed(9, 15))).toEqual([2, 9, 1, 3])
    expect(inserted(placed(-1, null))).toEqual([2, 1, 3, -1])
    expect(belongs(placed(9, 15), project, NOW, BERLIN)).toBe(true)
    expect(belongs(placed(9, 15), { name: 'inbox', param: '' }, NOW, BERLIN)).toBe(false)
  })

  test('a task that belongs on a page not loaded yet is not inserted', () => {
    expect(ids(insertTask(pages('more'), aTask({ id: 4 }), ALL, BERLIN))).toEqual([1, 2])
  })

  test('a task that is already listed is replaced', () => {
    const renamed = { ...two, title: 'New' }
    const list = insertTask(pages(null), renamed, ALL, BERLIN)
    expect(ids(list)).toEqual([1, 2])
    expect(flat(list)[1]?.title).toBe('New')
  })

  test('the same object is returned when nothing changes', () => {
    const list = pages(null)
    expect(mapTask(list, 99, () => null)).toBe(list)
  })

  test('a task is put behind another one, also of another page, or before all', () => {
    const list: TaskPages = {
      pages: [
        { items: [aTask({ id: 1 }), aTask({ id: 2 })], next_cursor: 'more' },
        { items: [aTask({ id: 3 })], next_cursor: null },
      ],
      pageParams: [undefined, 'more'],
    }
    expect(ids(placeTask(list, 1, 2))).toEqual([2, 1, 3])
    expect(ids(placeTask(list, 3, 1))).toEqual([1, 3, 2])
    expect(ids(placeTask(list, 3, null))).toEqual([3, 1, 2])
    expect(placeTask(list, 3, 9)).toBe(list)
    expect(placeTask(list, 9, 1)).toBe(list)
  })
})
