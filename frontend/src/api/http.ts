import { problemFrom, Unreachable } from './problem'

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined | null>
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** One request: JSON in, JSON out, a Problem when the server refuses. */
export type Http = <T>(method: string, path: string, options?: RequestOptions) => Promise<T>

/** @param target where a path of the API lives, and what to send along (the cookie, the sidecar's token) */
export function createHttp(
  target: (path: string) => { url: string; headers?: Record<string, string> },
): Http {
  return async <T>(method: string, path: string, options: RequestOptions = {}): Promise<T> => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
    const { url, headers } = target(path)
    const response = await fetch(query.size ? `${url}?${query}` : url, {
      method,
      cache: 'no-store',
      signal: options.signal,
      body: encode(options.body, method),
      headers: {
        accept: 'application/json',
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...headers,
        ...options.headers,
      },
    }).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      throw new Unreachable()
    })
    if (!response.ok) throw await problemFrom(response)
    if (response.status === 204) return undefined as T
    return (await response.json()) as T
  }
}

function encode(body: unknown, method: string): BodyInit | undefined {
  if (method === 'GET') return undefined
  if (typeof body === 'string' || body instanceof Blob) return body
  // State changes with a cookie are only taken as JSON, even when there is nothing to say.
  return JSON.stringify(body ?? {})
}
