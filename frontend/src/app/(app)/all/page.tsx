/** The list of all open tasks. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

export const metadata: Metadata = { title: 'All' }

export default function AllPage() {
  return <ListPage view={{ name: 'all', param: '' }} />
}
