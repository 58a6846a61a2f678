'use client'

import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'

/** False on the server and in the first paint, because both must render the same. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    [query],
  )
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => false,
  )
}

/** True once the page is hydrated and answers to clicks. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  )
}

export function useDebounced<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}

/** A text kept in local storage, so that it survives a reload, a logout and a lost network. */
export function useDraft(key: string): [string, (text: string) => void] {
  const [text, setText] = useState('')
  useEffect(() => {
    // Read after the first paint, because the server cannot know the text and both must render the same.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setText(readDraft(key))
  }, [key])
  const write = useCallback(
    (next: string) => {
      setText(next)
      writeDraft(key, next)
    },
    [key],
  )
  return [text, write]
}

export function readDraft(key: string): string {
  try {
    return localStorage.getItem(`todo:draft:${key}`) ?? ''
  } catch {
    return ''
  }
}

export function writeDraft(key: string, text: string): void {
  try {
    if (text) localStorage.setItem(`todo:draft:${key}`, text)
    else localStorage.removeItem(`todo:draft:${key}`)
  } catch {
    // Private windows may refuse storage. The draft is then lost with the page.
  }
}
