/** Logs out and clears the data of the person in this window. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import { toast } from '@/components/ui/toast'
import { endPushOfOthers } from '@/lib/push'

export function useLogout(): () => void {
  const client = useQueryClient()
  return () => {
    api.logout().then(
      async () => {
        await endPushOfOthers(null)
        client.clear()
        // A full reload, so that no data of this person stays in memory.
        location.reload()
      },
      (error: unknown) => toast.error(sentence(error)),
    )
  }
}
