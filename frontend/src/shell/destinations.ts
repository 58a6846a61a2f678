/** The lists in the navigation: names, addresses, icons and keys. */
import {
  CalendarDays,
  CircleCheckBig,
  FolderOpen,
  Inbox,
  Layers,
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

/** The lists that the side bar shows. */
export const LISTS: readonly Destination[] = [
  { href: '/inbox', label: 'Inbox', icon: Inbox, count: (counts) => counts.inbox },
  { href: '/', label: 'Today', icon: Star, count: (counts) => counts.today },
  {
    href: '/upcoming',
    label: 'Upcoming',
    icon: CalendarDays,
    count: (counts) => counts.upcoming,
  },
  { href: '/all', label: 'All', icon: Layers, count: (counts) => counts.open },
]

/** The lists below them. */
export const MORE_LISTS: readonly Destination[] = [
  { href: '/completed', label: 'Completed', icon: CircleCheckBig },
  { href: '/trash', label: 'Trash', icon: Trash2 },
]

export const SEARCH: Destination = { href: '/search', label: 'Search', icon: Search }
export const ASSISTANT: Destination = { href: '/assistant', label: 'Assistant', icon: Sparkles }
export const SETTINGS: Destination = { href: '/settings', label: 'Settings', icon: Settings }

/** What a phone has room for. Its page of projects leads to the Inbox and to all other lists. */
export const BAR: readonly Destination[] = [
  ...LISTS.slice(1, 3),
  { href: '/projects', label: 'Projects', icon: FolderOpen },
  SETTINGS,
]

export function isCurrent(to: Destination, path: string): boolean {
  return path === to.href || path.startsWith(`${to.href}/`)
}
