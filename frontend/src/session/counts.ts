/** How many tasks each list has, for the navigation and the headings. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { api } from '@/api/browser'
import type { Count, Counts } from '@/api/types'
import { keys } from './query-keys'

export function useCounts(): Counts | undefined {
  return useQuery({ queryKey: keys.counts, queryFn: () => api.counts() }).data
}

/** "12", or "999+" where the server stopped counting. */
export function countWords({ value, capped }: Count): string {
  return capped ? `${value}+` : String(value)
}
