import { requireVisitor, serverApi } from '@/api/server'
import { PAGE_SIZE, viewQuery, type View } from '../model/views'
import { TaskListPage } from './task-list-page'

/** The server part of every list page: loads the first page of tasks. */
export async function ListPage({ view }: { view: View }) {
  const me = await requireVisitor()
  const api = await serverApi()
  const now = new Date()
  const page = await api.tasks({ ...viewQuery(view, now, me.timezone), limit: PAGE_SIZE })
  return <TaskListPage view={view} initial={{ page, at: now.getTime() }} />
}
