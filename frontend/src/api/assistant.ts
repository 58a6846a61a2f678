/** Reads an answer of the assistant: a stream of server-sent events. */
import { createParser } from 'eventsource-parser'
import { problemFrom, Unreachable } from './problem'

/** Sends a question, and calls `onEvent` for each event of the answer until it ends. Throws as the typed client does. */
export async function streamAnswer(
  path: string,
  body: unknown,
  signal: AbortSignal,
  onEvent: (name: string, data: unknown) => void,
): Promise<void> {
  let response: Response
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
      cache: 'no-store',
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw error
    throw new Unreachable()
  }
  if (!response.ok) throw await problemFrom(response)
  if (!response.body) throw new Unreachable()
  const parser = createParser({
    onEvent: ({ event, data }) => onEvent(event ?? 'message', JSON.parse(data)),
  })
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
  }
}
