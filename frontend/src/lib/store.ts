import { useSyncExternalStore } from 'react'

/** A small store for React, for state that several components share and the server does not have. */
export interface Store<T> {
  get(): T
  set(next: T | ((previous: T) => T)): void
  use(): T
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const get = () => value
  return {
    get,
    set(next) {
      const changed = typeof next === 'function' ? (next as (previous: T) => T)(value) : next
      if (Object.is(changed, value)) return
      value = changed
      listeners.forEach((listener) => listener())
    },
    use: () => useSyncExternalStore(subscribe, get, () => initial),
  }
}
