/** Swiping a row with a finger. Mouse and keyboard have buttons and keys for the same actions. */
'use client'

import { useRef, type PointerEvent } from 'react'

const TRIGGER = 88
const LIMIT = 140
const START = 10

export function useSwipe({
  enabled,
  onRight,
  onLeft,
}: {
  enabled: boolean
  onRight: () => void
  onLeft: () => void
}) {
  const start = useRef<{ x: number; y: number; sideways: boolean } | null>(null)
  const settle = (element: HTMLElement) => {
    element.style.transition = 'transform 160ms ease-out'
    element.style.transform = ''
    start.current = null
  }
  return {
    style: { touchAction: 'pan-y' as const },
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (enabled && event.pointerType === 'touch')
        start.current = { x: event.clientX, y: event.clientY, sideways: false }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = start.current
      if (!from) return
      const x = event.clientX - from.x
      if (!from.sideways && Math.abs(x) < START) return
      if (!from.sideways && Math.abs(event.clientY - from.y) > Math.abs(x)) {
        start.current = null
        return
      }
      from.sideways = true
      const row = event.currentTarget
      row.setPointerCapture(event.pointerId)
      row.style.transition = 'none'
      row.style.transform = `translateX(${Math.max(-LIMIT, Math.min(LIMIT, x))}px)`
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const from = start.current
      if (!from) return
      const x = event.clientX - from.x
      settle(event.currentTarget)
      if (!from.sideways) return
      if (x > TRIGGER) onRight()
      else if (x < -TRIGGER) onLeft()
    },
    onPointerCancel: (event: PointerEvent<HTMLElement>) => settle(event.currentTarget),
  }
}
