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

export function Toaster() {
  const phone = useMediaQuery('(max-width: 639px)')
  useEffect(() => setMounted(), [])
  return (
    <Sonner
      position={phone ? 'bottom-center' : 'bottom-left'}
      offset={{ bottom: 20, left: 20 }}
      mobileOffset={{ bottom: 76, left: 12, right: 12 }}
      duration={5000}
      visibleToasts={3}
      // All toasts stay expanded, so that every Undo button can be reached.
      expand
      gap={8}
    />
  )
}
