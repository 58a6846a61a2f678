import type { Part } from '../model/quick-add'

/** The colours of each parsed part, in the text and in its chip. */
export const TINT: Record<Part, string> = {
  due: 'bg-amber-soft text-amber',
  start: 'bg-blue-soft text-blue',
  recurrence: 'bg-accent-soft text-accent',
  reminders: 'bg-violet-soft text-violet',
  priority: 'bg-red-soft text-red',
  tags: 'bg-blue-soft text-blue',
  project: 'bg-accent-soft text-accent',
}
