/** Loads the next page of a list when its end comes near. */
'use client'

import { useEffect, useRef } from 'react'
import { Button } from '@/components/ui/button'

/**
 * Loads the next page when the end of the list comes near. It waits while the list is being fetched: loading a page
 * would cancel that request, and the news in its answer would be lost.
 */
export function LoadMore({
  fetching,
  loading,
  load,
}: {
  fetching: boolean
  loading: boolean
  load: () => void
}) {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(load)
  useEffect(() => {
    latest.current = load
  })
  useEffect(() => {
    const element = end.current
    if (!element || fetching) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && latest.current(),
      { rootMargin: '600px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [fetching])
  return (
    <div ref={end} className="flex justify-center py-4">
      <Button look="quiet" busy={loading} onClick={load}>
        Show more
      </Button>
    </div>
  )
}
