/** Logs out and clears the data of the person in this window. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import { toast } from '@/components/ui/toast'
import { endPushOfOthers } from '@/lib/push'

let sendFirst: () => Promise<void> = async () => undefined

/** Sets what is sent before a logout: afterwards it would have to wait for the next login. */
export function beforeLogout(send: () => Promise<void>): void {
  sendFirst = send
}

export function useLogout(): () => void {
  const client = useQueryClient()
  return () => {
    const ended = sendFirst().then(() => api.logout())
    ended.then(
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
