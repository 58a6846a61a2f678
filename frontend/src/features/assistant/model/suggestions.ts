/** Sentences to begin with, that fit the page. */

const EVERYWHERE = ['What is due this week?', 'Pay rent every month on the last day at 9am']

const BY_PAGE: Record<string, readonly string[]> = {
  '/': ['What is due today?', 'Move everything overdue to tomorrow', ...EVERYWHERE],
  '/upcoming': ['Move everything from Thursday to Friday', ...EVERYWHERE],
  '/completed': ['What did I complete today?', ...EVERYWHERE],
}

export function suggestions(path: string): readonly string[] {
  return BY_PAGE[path] ?? ['What is due today?', ...EVERYWHERE]
}
