/** The open tasks without a project. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

export const metadata: Metadata = { title: 'Inbox' }

export default function InboxPage() {
  return <ListPage view={{ name: 'inbox', param: '' }} />
}
