/** The start page: the list Today. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

export const metadata: Metadata = { title: 'Today' }

export default function TodayPage() {
  return <ListPage view={{ name: 'today', param: '' }} />
}
