/** The lists in the navigation: names, addresses, icons and keys. */
import {
  CalendarDays,
  CircleCheckBig,
  Inbox,
  Search,
  Settings,
  Sparkles,
  Star,
  Trash2,
  type LucideIcon,
} from 'lucide-react'
import type { Count, Counts } from '@/api/types'

export interface Destination {
  href: string
  label: string
  icon: LucideIcon
  count?: (counts: Counts) => Count
}

/** The lists that the navigation always shows. */
export const LISTS: readonly Destination[] = [
  { href: '/', label: 'Today', icon: Star, count: (counts) => counts.today },
  {
    href: '/upcoming',
    label: 'Upcoming',
    icon: CalendarDays,
    count: (counts) => counts.upcoming,
  },
  { href: '/all', label: 'All', icon: Inbox, count: (counts) => counts.open },
]

/** The lists that only the side bar has room for. */
export const MORE_LISTS: readonly Destination[] = [
  { href: '/completed', label: 'Completed', icon: CircleCheckBig },
  { href: '/trash', label: 'Trash', icon: Trash2 },
]

export const SEARCH: Destination = { href: '/search', label: 'Search', icon: Search }
export const ASSISTANT: Destination = { href: '/assistant', label: 'Assistant', icon: Sparkles }
export const SETTINGS: Destination = { href: '/settings', label: 'Settings', icon: Settings }

export function isCurrent(to: Destination, path: string): boolean {
  return to === SETTINGS ? path.startsWith(to.href) : path === to.href
}
