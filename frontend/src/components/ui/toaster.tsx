/** The container of toasts (Sonner). `toast.ts` loads it after the first paint. */
'use client'

import { useEffect } from 'react'
import { Toaster as Sonner } from 'sonner'
import { useMediaQuery } from '@/lib/hooks'

export { toast } from 'sonner'

let setMounted: () => void = () => undefined
/** Resolves when the toaster is mounted. A toast sent before that would be lost. */
export const mounted = new Promise<void>((resolve) => {
  setMounted = resolve
})

const ABOVE_BUTTON = 'calc(140px + env(safe-area-inset-bottom))'

export function Toaster() {
  const phone = useMediaQuery('(max-width: 639px)')
  const wide = useMediaQuery('(min-width: 1024px)')
  useEffect(() => setMounted(), [])
  return (
    <Sonner
      position={phone ? 'bottom-center' : 'bottom-left'}
      // Beside the side bar, and above the add button of a phone, so that they stay usable.
      offset={phone ? { bottom: ABOVE_BUTTON } : { bottom: 20, left: wide ? 256 : 80 }}
      // Sonner uses these below 600 px.
      mobileOffset={{ bottom: ABOVE_BUTTON, left: 12, right: 12 }}
      duration={5000}
      visibleToasts={3}
      // All toasts stay expanded, so that every Undo button can be reached.
      expand
      gap={8}
    />
  )
}
