/** One proposal: assistants outside give the person this link. Asks to log in first if needed. */
import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { Problem } from '@/api/problem'
import { serverApi, visitor } from '@/api/server'
import { ProposalPage } from '@/features/assistant/view/proposal-page'

export const metadata: Metadata = { title: 'Approve changes', referrer: 'no-referrer' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const me = await visitor()
  if (!me) redirect(`/login?next=${encodeURIComponent(`/proposals/${encodeURIComponent(id)}`)}`)
  return (
    <ProposalPage first={await find(id)} zone={me.timezone} startedAt={new Date().toISOString()} />
  )
}

async function find(id: string) {
  try {
    return await (await serverApi()).proposal(id)
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 422)) notFound()
    throw error
  }
}
