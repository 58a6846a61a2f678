'use client'

import { useEffect } from 'react'
import { Toaster as Sonner } from 'sonner'
import { useMediaQuery } from '@/lib/hooks'

export { toast } from 'sonner'

let announce: () => void = () => undefined
/** What is said before the place for it is there would not be heard. */
export const mounted = new Promise<void>((resolve) => {
  announce = resolve
})

export function Toaster() {
  const phone = useMediaQuery('(max-width: 639px)')
  useEffect(() => announce(), [])
  return (
    <Sonner
      position={phone ? 'bottom-center' : 'bottom-left'}
      offset={{ bottom: 20, left: 20 }}
      mobileOffset={{ bottom: 76, left: 12, right: 12 }}
      duration={5000}
      visibleToasts={3}
      // Each keeps its Undo in reach, also when another comes.
      expand
      gap={8}
    />
  )
}
