import type { ReactNode } from 'react'
import { sentence } from '@/api/problem'

/** Shows the rows of a section, or one line while there are none. */
export function SectionState<T>({
  query,
  empty,
  children,
}: {
  query: { data: { items: T[] } | undefined; error: Error | null }
  /** Shown when the answer has no rows. */
  empty: string
  children: (items: T[]) => ReactNode
}) {
  const { data, error } = query
  if (error) return <Line>{sentence(error)}</Line>
  if (!data) return <Line>Loading…</Line>
  return data.items.length ? children(data.items) : <Line>{empty}</Line>
}

function Line({ children }: { children: ReactNode }) {
  return <p className="text-13 text-muted">{children}</p>
}
