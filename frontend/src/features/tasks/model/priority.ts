/** The priorities that can be chosen, and the level of any priority. */
export const PRIORITIES = [
  { value: 1, label: 'High', tint: 'text-red' },
  { value: 5, label: 'Medium', tint: 'text-amber' },
  { value: 9, label: 'Low', tint: 'text-blue' },
  { value: 0, label: 'None', tint: 'text-muted' },
] as const

export type PriorityLevel = 'high' | 'medium' | 'low' | 'none'

/** Groups the nine priorities of RFC 5545 into three levels. */
export function level(priority: number): PriorityLevel {
  if (priority === 0) return 'none'
  if (priority < 5) return 'high'
  return priority === 5 ? 'medium' : 'low'
}
