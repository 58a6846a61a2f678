/** Short-lived effects on rows: a completed row rests before it leaves, a row changed elsewhere glows. */
'use client'

import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'

const REST = 400
/** Longer, so that the date of the next occurrence can be read. */
const REST_RECURRING = 1200
const FADE = 160
const GLOW = 1400

export interface Resting {
  task: Task
  /** When the next occurrence is due, once the server has said so. */
  next: string | null
  leaving: boolean
}

export const resting = createStore<ReadonlyMap<number, Resting>>(new Map())
export const glowing = createStore<ReadonlySet<number>>(new Set())

/** Keeps a completed row in its place for a moment, then fades it out. */
export function rest(task: Task): void {
  resting.set((map) => new Map(map).set(task.id, { task, next: null, leaving: false }))
  setTimeout(
    () => {
      update(task.id, (entry) => ({ ...entry, leaving: true }))
      setTimeout(() => stopResting(task.id), FADE)
    },
    task.recurrence ? REST_RECURRING : REST,
  )
}

/** Shows the date of the next occurrence in the resting row. */
export function showNext(id: number, next: string): void {
  update(id, (entry) => ({ ...entry, next }))
}

export function stopResting(id: number): void {
  resting.set((map) => {
    if (!map.has(id)) return map
    const rest = new Map(map)
    rest.delete(id)
    return rest
  })
}

function update(id: number, change: (entry: Resting) => Resting): void {
  resting.set((map) => {
    const entry = map.get(id)
    return entry ? new Map(map).set(id, change(entry)) : map
  })
}

export function glow(id: number): void {
  glowing.set((set) => new Set(set).add(id))
  setTimeout(() => {
    glowing.set((set) => {
      const rest = new Set(set)
      rest.delete(id)
      return rest
    })
  }, GLOW)
}
