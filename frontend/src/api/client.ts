import createClient, { type Client } from 'openapi-fetch'
import { problemFrom, Unreachable } from './problem'
import type { paths } from './schema'

export type ApiClient = Client<paths>

/** The API as the schema describes it. A refusal throws a Problem, no answer at all throws Unreachable. */
export function createApiClient(baseUrl: string, headers?: Record<string, string>): ApiClient {
  const client = createClient<paths>({
    baseUrl,
    headers,
    cache: 'no-store',
    fetch: async (request) => {
      try {
        return await fetch(request)
      } catch (error) {
        if (error instanceof DOMException && error.name === 'AbortError') throw error
        throw new Unreachable()
      }
    },
  })
  client.use({
    onRequest: ({ request }) => {
      // State changes with a cookie are only taken as JSON, even when there is nothing to say.
      if (request.method !== 'GET' && !request.headers.has('content-type'))
        request.headers.set('content-type', 'application/json')
      return request
    },
    onResponse: async ({ response }) => {
      if (!response.ok) throw await problemFrom(response)
      return response
    },
  })
  return client
}

/** What an operation answered; refusals have thrown before. */
export async function unwrap<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}
