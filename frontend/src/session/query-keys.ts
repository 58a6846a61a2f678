import type { QueryClient, QueryKey } from '@tanstack/react-query'

/** The keys of every query in the browser's cache. A key invalidates all keys that begin with it. */
export const keys = {
  all: ['tasks'] as const,
  lists: ['tasks', 'list'] as const,
  list: (view: { name: string; param: string }) =>
    ['tasks', 'list', view.name, view.param] as const,
  counts: ['tasks', 'counts'] as const,
  projects: ['tasks', 'projects'] as const,
  /** What typed texts mean, by text and zone. */
  parses: ['parse'] as const,
  one: (id: number) => ['tasks', 'one', id] as const,
  activity: ['tasks', 'about'] as const,
  about: (id: number, what: 'history' | 'occurrences' | 'reminders' | 'next-dates') =>
    ['tasks', 'about', id, what] as const,
  notifications: ['notifications'] as const,
  me: ['me'] as const,
  /** What the settings list. Every change of it is an entry of the account log. */
  account: ['account'] as const,
  channels: ['account', 'channels'] as const,
  tokens: ['account', 'tokens'] as const,
  sessions: ['account', 'sessions'] as const,
  accountLog: ['account', 'log'] as const,
  conversations: ['conversations'] as const,
  assistant: ['assistant'] as const,
  assistants: ['account', 'assistants'] as const,
}

/**
 * Fetches the queries under a key again. Requests that are already running are cancelled first: their answers may be
 * older than the change, and invalidating alone would keep them.
 */
export async function refetch(client: QueryClient, queryKey: QueryKey): Promise<void> {
  await client.cancelQueries({ queryKey })
  await client.invalidateQueries({ queryKey })
}
