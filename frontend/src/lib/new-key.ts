/** An Idempotency-Key. crypto.randomUUID does not exist on pages over plain HTTP outside localhost. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    '-',
  )
}
