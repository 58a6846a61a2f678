/** Shows toasts. The library is loaded after the first paint, because the first paint needs no toast. */
'use client'

import type { ReactElement } from 'react'
import type { ExternalToast } from 'sonner'

type Sonner = typeof import('./toaster')

/** Toasts with an action stay longer, so that there is time to decide. */
const WITH_ACTION = 12_000

function whenLoaded(work: (sonner: Sonner) => void): void {
  void import('./toaster').then(async (sonner) => {
    await sonner.mounted
    work(sonner)
  })
}

export function toast(words: string, options?: ExternalToast): void {
  whenLoaded((sonner) =>
    sonner.toast(words, options?.action ? { duration: WITH_ACTION, ...options } : options),
  )
}

toast.error = (words: string, options?: ExternalToast): void =>
  whenLoaded((sonner) => sonner.toast.error(words, options))

toast.custom = (draw: () => ReactElement, options?: ExternalToast): void =>
  whenLoaded((sonner) => sonner.toast.custom(draw, options))

toast.dismiss = (id: string): void => whenLoaded((sonner) => sonner.toast.dismiss(id))
