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

/**
 * A text kept in local storage, so that it survives a reload, a logout and a lost network. `key` begins with the id of
 * its person: another account in this browser does not see it.
 */
export function useDraft(key: DraftKey): [string, (text: string) => void] {
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

export type DraftKey = `${string}:${string}`

export function readDraft(key: DraftKey): string {
  try {
    return localStorage.getItem(`todo:draft:${key}`) ?? ''
  } catch {
    return ''
  }
}

/** Removes every draft of a person. */
export function clearDrafts(person: string): void {
  try {
    for (const key of Object.keys(localStorage))
      if (key.startsWith(`todo:draft:${person}:`)) localStorage.removeItem(key)
  } catch {
    // Without storage there are no drafts.
  }
}

export function writeDraft(key: DraftKey, text: string): void {
  try {
    if (text) localStorage.setItem(`todo:draft:${key}`, text)
    else localStorage.removeItem(`todo:draft:${key}`)
  } catch {
    // Private windows may refuse storage. The draft is then lost with the page.
  }
}
