import type { Scope } from '@/api/types'

/** What an assistant may do, in plain words; on the consent page and in the settings. */
const WORDS: Record<Scope, { may: string; short: string }> = {
  'tasks:read': {
    may: 'See your tasks, tags, reminders and their history',
    short: 'see tasks',
  },
  'tasks:write': {
    may: 'Add and change tasks: dates, repeats, reminders, done or not done. It sees what it changes, and can undo its own changes',
    short: 'add and change tasks',
  },
  'tasks:delete': {
    may: 'Propose to delete tasks. You approve each time, and can restore them from the trash',
    short: 'propose to delete tasks',
  },
}

export function mayWords(scopes: readonly Scope[]): string[] {
  return scopes.map((scope) => WORDS[scope].may)
}

/** "May see tasks, add and change tasks". */
export function shortWords(scopes: readonly Scope[]): string {
  return `May ${scopes.map((scope) => WORDS[scope].short).join(', ')}`
}

/** Where the browser goes after the answer. */
export function destination(redirectUri: string, isOnThisDevice: boolean): string {
  return isOnThisDevice || !URL.canParse(redirectUri)
    ? 'a program on this device'
    : new URL(redirectUri).host
}
