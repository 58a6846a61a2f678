/** Texts in which the words of a search are marked. Outside of a search they are plain. */
'use client'

import { createContext, useContext } from 'react'

export interface Part {
  text: string
  hit: boolean
}

/** Finds what was searched for. The search page provides it: other pages do not load it. */
export interface SearchMarks {
  marked: (text: string) => Part[]
  /** The part of a longer text around the first hit; null without a hit. */
  excerpt: (text: string) => Part[] | null
}

const Context = createContext<SearchMarks | null>(null)

export const MarkSearch = Context.Provider

export function useSearchMarks(): SearchMarks | null {
  return useContext(Context)
}

export function Marked({ text }: { text: string }) {
  const search = useSearchMarks()
  return search ? <Parts parts={search.marked(text)} /> : text
}

export function Parts({ parts }: { parts: Part[] }) {
  return parts.map(({ text, hit }, index) =>
    hit ? (
      <mark key={index} className="rounded-sm bg-accent-soft text-inherit">
        {text}
      </mark>
    ) : (
      text
    ),
  )
}
