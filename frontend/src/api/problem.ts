/** A problem response of the server (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    readonly errors: readonly { field: string; message: string }[] = [],
  ) {
    super(errors[0]?.message ?? detail ?? title)
    this.name = 'Problem'
  }

  /** The message about one field, if the server sent one. */
  on(field: string): string | undefined {
    return this.errors.find((error) => error.field.split('.').at(-1) === field)?.message
  }
}

/** The server did not answer: the network is down, or the server restarts. */
export class Unreachable extends Error {
  constructor() {
    super('The server cannot be reached. Nothing was lost; try again in a moment.')
    this.name = 'Unreachable'
  }
}

/** Whether the same request can succeed later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof Problem) return error.status >= 500 || error.status === 429
  return error instanceof Unreachable
}

export async function problemFrom(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null)
  const problem = (body ?? {}) as {
    title?: string
    detail?: string
    errors?: { field: string; message: string }[]
  }
  return new Problem(
    response.status,
    problem.title ?? 'Something went wrong',
    typeof problem.detail === 'string' ? problem.detail : null,
    Array.isArray(problem.errors) ? problem.errors : [],
  )
}

/** The error as a sentence for the person. */
export function sentence(error: unknown): string {
  if (error instanceof Problem && error.status >= 500)
    return 'The server had a problem. Nothing was lost; try again in a moment.'
  if (error instanceof Error && error.message) return error.message
  return 'Something went wrong. Nothing was lost; try again in a moment.'
}
