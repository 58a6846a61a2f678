/** A proposal as a page of its own, to approve what an assistant outside wants to change. */
'use client'

import Link from 'next/link'
import { useState } from 'react'
import { ClockProvider } from '@/session/clock'
import type { Proposal } from '../model/types'
import { ProposalCard } from './proposal-card'

export function ProposalPage({
  first,
  zone,
  startedAt,
}: {
  first: Proposal
  zone: string
  startedAt: string
}) {
  const [proposal, setProposal] = useState(first)
  const by = proposal.proposed_by.replace(/^(client|token) /, '')
  return (
    <ClockProvider zone={zone} startedAt={startedAt}>
      <main className="mx-auto w-full max-w-130 px-5 py-10">
        <h1 className="text-28 font-[680] tracking-[-0.02em] text-balance wrap-anywhere">
          {proposal.status === 'open' ? 'Approve these changes?' : 'Proposed changes'}
        </h1>
        <p className="mt-1 mb-6 text-muted wrap-anywhere">
          Proposed by <bdi className="text-ink">{by}</bdi>.
          {proposal.status === 'open' && ' Clear the boxes of the changes that you do not want.'}
        </p>
        <ProposalCard proposal={proposal} onChanged={setProposal} />
        <p className="mt-6 text-14 text-muted">When you are done, go back to your assistant.</p>
        <Link
          href="/"
          className="mt-3 inline-flex h-11 items-center rounded-control font-semibold text-accent hover:underline"
        >
          Go to your tasks
        </Link>
      </main>
    </ClockProvider>
  )
}
