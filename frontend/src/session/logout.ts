/** Every way out of a session, and what each clears of the person in this window. */
'use client'

import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import { toast } from '@/components/ui/toast'
import { clearDrafts } from '@/lib/hooks'
import { endPushOfOthers } from '@/lib/push'

/** The changes of the person that wait in this browser. */
interface Waiting {
  send: () => Promise<void>
  forget: () => Promise<unknown>
}

let waiting: Waiting = { send: async () => undefined, forget: async () => undefined }

/** Sets what is sent before a session ends: afterwards it would have to wait for the next login. */
export function beforeLogout(changes: Waiting): void {
  waiting = changes
}

/** Sends what waits, ends the session with `end`, and loads the page again. Throws what `end` throws. */
export async function leave(client: QueryClient, end: () => Promise<unknown>): Promise<void> {
  await waiting.send()
  await end()
  await endPushOfOthers(null)
  client.clear()
  // A full reload, so that no data of this person stays in memory.
  location.reload()
}

/** Removes what this browser keeps of a person: drafts, and changes that could not be sent. */
export async function forget(person: string): Promise<void> {
  clearDrafts(person)
  await waiting.forget()
}

export function useLogout(): () => void {
  const client = useQueryClient()
  return () => {
    leave(client, () => api.logout()).catch((error: unknown) => toast.error(sentence(error)))
  }
}
