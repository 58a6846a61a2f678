'use client'

import type { ReactElement } from 'react'
import type { ExternalToast } from 'sonner'

/** Short words about what just happened. The library comes right after the first paint, which has nothing to say. */

type Sonner = typeof import('./toaster')

/** What can be done about it, or taken back, must be read and decided first. */
const DECISION = 12_000

function whenThere(work: (sonner: Sonner) => void): void {
  void import('./toaster').then(async (sonner) => {
    await sonner.mounted
    work(sonner)
  })
}

export function toast(words: string, options?: ExternalToast): void {
  whenThere((sonner) =>
    sonner.toast(words, options?.action ? { duration: DECISION, ...options } : options),
  )
}

toast.error = (words: string, options?: ExternalToast): void =>
  whenThere((sonner) => sonner.toast.error(words, options))

toast.custom = (draw: () => ReactElement, options?: ExternalToast): void =>
  whenThere((sonner) => sonner.toast.custom(draw, options))

toast.dismiss = (id: string): void => whenThere((sonner) => sonner.toast.dismiss(id))
