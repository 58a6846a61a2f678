/** The list of completed tasks. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

export const metadata: Metadata = { title: 'Completed' }

export default function CompletedPage() {
  return <ListPage view={{ name: 'completed', param: '' }} />
}
