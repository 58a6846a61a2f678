/** Saves a setting at once. A refused change is rolled back and the reason is shown. */
'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from '@/components/ui/toast'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import type { Me, MeChange } from '@/api/types'
import { keys } from '@/session/query-keys'

export function useChangeMe() {
  const client = useQueryClient()
  return useMutation<Me, Error, MeChange, { before: Me | undefined }>({
    mutationFn: (change) => api.changeMe(change),
    onMutate: (change) => {
      const before = client.getQueryData<Me>(keys.me)
      client.setQueryData<Me>(keys.me, (me) => me && { ...me, ...change })
      return { before }
    },
    onSuccess: (me, change) => {
      client.setQueryData(keys.me, me)
      if ('timezone' in change) void client.invalidateQueries({ queryKey: keys.all })
      toast('Saved.')
    },
    onError: (error, _change, context) => {
      client.setQueryData(keys.me, context?.before)
      toast.error(sentence(error))
    },
  })
}
