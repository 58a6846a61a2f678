'use client'

import { useSyncExternalStore } from 'react'

/** The secret of the opened link. It stands after “#”, so no server and no Referer header ever gets it. */
export function useLinkSecret(): string {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener('hashchange', listener)
      return () => window.removeEventListener('hashchange', listener)
    },
    () => location.hash.slice(1),
    () => '',
  )
}
