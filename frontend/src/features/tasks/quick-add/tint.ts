import type { Part } from '../model/quick-add'

export const TINT: Record<Part, string> = {
  due: 'bg-amber-soft text-amber',
  recurrence: 'bg-accent-soft text-accent',
  reminders: 'bg-violet-soft text-violet',
  priority: 'bg-red-soft text-red',
  tags: 'bg-blue-soft text-blue',
}
