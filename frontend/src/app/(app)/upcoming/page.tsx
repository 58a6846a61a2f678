/** The list of tasks due after today. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

export const metadata: Metadata = { title: 'Upcoming' }

export default function UpcomingPage() {
  return <ListPage view={{ name: 'upcoming', param: '' }} />
}
