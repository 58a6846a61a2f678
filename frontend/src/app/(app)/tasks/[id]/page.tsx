import { redirect } from 'next/navigation'

/** The address that emails and calendars link to. */
export default async function TaskPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  redirect(/^\d+$/.test(id) ? `/all?task=${id}` : '/all')
}
