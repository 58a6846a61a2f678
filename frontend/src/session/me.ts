/** The signed-in person. Never undefined below Providers, which start with what the server rendered. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { api } from '@/api/browser'
import type { Me } from '@/api/types'
import { keys } from './query-keys'

export function useMe(): Me {
  const { data } = useQuery<Me>({ queryKey: keys.me, queryFn: () => api.me() })
  if (!data) throw new Error('useMe needs Providers')
  return data
}
