import { redirect } from 'next/navigation'

/** Opens one task: emails and calendars link to this path. */
export default async function TaskPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  redirect(/^\d+$/.test(id) ? `/all?task=${id}` : '/all')
}
