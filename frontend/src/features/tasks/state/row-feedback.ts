'use client'

import type { Task } from '@/api/types'
import { createStore } from '@/lib/store'
import type { Change } from '../model/changes'

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
export const undoable = createStore<readonly Step[]>([])

/** One thing the person did, and what takes it back: usually one change, of a batch all of them. */
export interface Step {
  backs: Change[]
  /** Taken back while some of it was still on its way: that comes back as soon as it has arrived. */
  undone: boolean
}

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

export function remember(step: Step): void {
  if (!undoable.get().includes(step)) undoable.set((stack) => [...stack.slice(-49), step])
}

/** The last step, or this one; each is taken back once. */
export function takeUndo(step?: Step): Step | undefined {
  const stack = undoable.get()
  const taken = step ?? stack.at(-1)
  if (!taken || taken.undone) return undefined
  taken.undone = true
  undoable.set(stack.filter((other) => other !== taken))
  return taken
}
