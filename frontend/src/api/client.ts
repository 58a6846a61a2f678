/** The typed HTTP client: openapi-fetch with the types of the schema, and errors as exceptions. */
import createClient, { type Client } from 'openapi-fetch'
import { problemFrom, Unreachable } from './problem'
import type { paths } from './schema'

export type ApiClient = Client<paths>

/** A typed client of the API. An error response throws a Problem, and no response throws Unreachable. */
export function createApiClient(
  baseUrl: string,
  headers?: Record<string, string>,
  send: (request: Request) => Promise<Response> = (request) => fetch(request),
): ApiClient {
  const client = createClient<paths>({
    baseUrl,
    headers,
    cache: 'no-store',
    fetch: async (request) => {
      try {
        return await send(request)
      } catch (error) {
        if (error instanceof DOMException && error.name === 'AbortError') throw error
        throw new Unreachable()
      }
    },
  })
  client.use({
    onRequest: ({ request }) => {
      // The server accepts state changes with a cookie only as JSON, even without a body.
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

/** The body of a successful response. Error responses have already thrown. */
export async function unwrap<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}
