/** The list of deleted tasks, which can be restored. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

export const metadata: Metadata = { title: 'Trash' }

export default function TrashPage() {
  return <ListPage view={{ name: 'trash', param: '' }} />
}
