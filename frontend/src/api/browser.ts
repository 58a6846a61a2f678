/** The API as the browser calls it: pages, API and live updates have the same origin. */
'use client'

import { createApiClient } from './client'
import { endpoints } from './endpoints'

export const client = createApiClient(typeof window === 'undefined' ? '' : window.location.origin)
export const api = endpoints(client)

let user: string | null = null

/** Names the person of this page in every request: the server refuses it if somebody else has logged in since. */
export function actAs(id: string): void {
  user = id
}

export function identity(): Record<string, string> {
  return user === null ? {} : { 'todo-user': user }
}

client.use({
  onRequest: ({ request }) => {
    for (const [name, value] of Object.entries(identity())) request.headers.set(name, value)
    return request
  },
})
