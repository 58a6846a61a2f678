/** Typed text that is not saved yet, in local storage. Each person has drafts of their own. */
'use client'

import { useCallback, useEffect, useState } from 'react'

let owner = ''

/** Sets the person whose drafts this page reads and writes. */
export function setDraftOwner(person: string): void {
  owner = person
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

function nameOf(key: string): string {
  return `todo:draft:${owner}:${key}`
}

export function readDraft(key: string): string {
  try {
    return localStorage.getItem(nameOf(key)) ?? ''
  } catch {
    return ''
  }
}

export function writeDraft(key: string, text: string): void {
  try {
    if (text) localStorage.setItem(nameOf(key), text)
    else localStorage.removeItem(nameOf(key))
  } catch {
    // Private windows may refuse storage. The draft is then lost with the page.
  }
}
