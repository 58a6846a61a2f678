/** The open task of the panel. */
'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback, useMemo } from 'react'
import { createStore } from '@/lib/store'

/** Set when the panel should put the focus into the title as soon as it opens. */
export const focusWanted = createStore<'title' | null>(null)

/** The open task, kept in the address: it survives a reload, can be linked to, and the back button closes it. */
export function useSelection() {
  const params = useSearchParams()
  const path = usePathname()
  const id = Number(params.get('task')) || null

  const go = useCallback(
    (next: number | null, replace: boolean) => {
      const query = new URLSearchParams(window.location.search)
      if (next) query.set('task', String(next))
      else query.delete('task')
      const url = query.size ? `${path}?${query}` : path
      if (replace) window.history.replaceState(null, '', url)
      else window.history.pushState(null, '', url)
    },
    [path],
  )

  return useMemo(
    () => ({
      id,
      open: (next: number, focus: 'title' | null = null) => {
        focusWanted.set(focus)
        if (next !== id) go(next, id !== null)
      },
      close: () => go(null, true),
    }),
    [id, go],
  )
}

export type Selection = ReturnType<typeof useSelection>
