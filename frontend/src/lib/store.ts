import { useSyncExternalStore } from 'react'

/** The smallest store that React can watch: for the few things that several islands share and no server knows. */
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
