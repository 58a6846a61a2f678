'use client'

import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'
import type { Change } from './changes'

/** What only this window knows: rows that rest before they leave, rows that glow, what can be undone. */

export const REST = 400
/** Long enough to read when it comes back. */
const REST_RECURRING = 1200
const FADE = 160
const GLOW = 1400

export interface Resting {
  task: Task
  next: string | null
  leaving: boolean
}

export const resting = createStore<ReadonlyMap<number, Resting>>(new Map())
export const glowing = createStore<ReadonlySet<number>>(new Set())
export const undoable = createStore<readonly Change[]>([])

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const next = new Map(map)
  next.delete(key)
  return next
}

/** A completed row stays where it was for a moment, so that the eye sees what happened to it. */
export function rest(task: Task): void {
  resting.set((map) => new Map(map).set(task.id, { task, next: null, leaving: false }))
  setTimeout(
    () => {
      resting.set((map) => {
        const entry = map.get(task.id)
        return entry ? new Map(map).set(task.id, { ...entry, leaving: true }) : map
      })
      setTimeout(() => resting.set((map) => without(map, task.id)), FADE)
    },
    task.recurrence ? REST_RECURRING : REST,
  )
}

/** The successor's date, right there in the row that was completed. */
export function comesBack(id: number, next: string): void {
  resting.set((map) => {
    const entry = map.get(id)
    return entry ? new Map(map).set(id, { ...entry, next }) : map
  })
}

export function wake(id: number): void {
  resting.set((map) => (map.has(id) ? without(map, id) : map))
}

export function glow(id: number): void {
  glowing.set((set) => new Set(set).add(id))
  setTimeout(() => {
    glowing.set((set) => {
      const next = new Set(set)
      next.delete(id)
      return next
    })
  }, GLOW)
}

export function remember(change: Change): void {
  undoable.set((stack) => [...stack.slice(-49), change])
}

export function takeUndo(change?: Change): Change | undefined {
  const stack = undoable.get()
  const taken = change ?? stack.at(-1)
  if (taken) undoable.set(stack.filter((other) => other !== taken))
  return taken
}
