/** Fetch for reads by the Next.js server: it tries again while the backend restarts, instead of showing an error page. */

const PAUSE_MS = 250
// The sidecar asks every 3 seconds whether the backend is healthy, and refuses all calls until then.
const PATIENCE_MS = 6_000
// Longer than the backend may take for any read; a page that has not got its data until then shows the error page.
const DEADLINE_MS = 20_000

/** Whether nobody who knows the request has answered it: a sidecar or proxy, or a backend that is not ready. */
function isAway(response: Response): boolean {
  if (response.status === 503) return true
  const type = response.headers.get('content-type') ?? ''
  return response.status >= 500 && !type.startsWith('application/problem+json')
}

/**
 * The response to a GET or HEAD, which is repeated for up to 6 seconds while the backend is away. Other methods are
 * sent once. The last response or error is what the caller gets.
 */
export async function patientFetch(request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return fetch(request)
  const end = Date.now() + PATIENCE_MS
  const { url, method, headers, cache } = request
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)])
  // With a URL and a signal, Next.js sends each try. With a Request, it answers all from the first try's response.
  const options = { method, headers, cache, signal }
  for (;;) {
    const mayRepeat = Date.now() + PAUSE_MS < end && !signal.aborted
    try {
      const response = await fetch(url, options)
      if (!isAway(response) || !mayRepeat) return response
      // Read, because to cancel it would wait for the copies that Next.js makes of a response.
      await response.arrayBuffer()
    } catch (error) {
      if (!mayRepeat) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
