/** A proposal of the assistant. Nothing in it happens before the person approves it here. */
'use client'

import { useRef, useState } from 'react'
import { assistant } from '@/api/assistant'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { plural } from '@/lib/words'
import { useClock } from '@/session/clock'
import type { Failure, Proposal } from '../model/types'
import { ProposalRows } from './proposal-rows'

export function ProposalCard({
  proposal,
  onChanged: changed,
  onEdit,
}: {
  proposal: Proposal
  onChanged: (proposal: Proposal) => void
  /** Puts the request back into the field, to be worded differently. */
  onEdit?: () => void
}) {
  const { now } = useClock()
  const [chosen, setChosen] = useState(() => new Set(proposal.rows.map((row) => row.index)))
  const [failures, setFailures] = useState<Failure[]>([])
  const [busy, setBusy] = useState<'apply' | 'dismiss' | 'undo' | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const card = useRef<HTMLElement>(null)
  const status = statusAt(proposal, now)

  const toggle = (index: number) =>
    setChosen((before) => {
      const after = new Set(before)
      if (!after.delete(index)) after.add(index)
      return after
    })

  const run = async (what: NonNullable<typeof busy>, action: () => Promise<void>) => {
    // The button goes away. Without this the focus would be lost.
    if (card.current?.contains(document.activeElement)) card.current.focus({ preventScroll: true })
    setBusy(what)
    setSaid(null)
    try {
      await action()
    } catch (error) {
      setSaid(sentence(error))
      // Used in another window, or expired: show its real state.
      if (error instanceof Problem && error.status === 409)
        await assistant.proposal(proposal.id).then(changed, () => undefined)
    }
    setBusy(null)
  }

  const apply = () =>
    run('apply', async () => {
      const result = await assistant.applyProposal(proposal.id, [...chosen])
      setFailures(result.failures)
      setSaid(
        result.failures.length
          ? `${plural(result.applied.length, 'task')} changed, ${result.failures.length} not.`
          : `${plural(result.applied.length, 'task')} changed.`,
      )
      changed({ ...proposal, status: 'applied', batch_id: result.batch_id })
    })

  const dismiss = () =>
    run('dismiss', async () => {
      await assistant.dismissProposal(proposal.id)
      changed({ ...proposal, status: 'dismissed' })
    })

  const undo = (batch: string) =>
    run('undo', async () => {
      const result = await assistant.undoBatch(batch)
      setFailures([])
      setSaid(
        result.failures.length
          ? `${plural(result.undone.length, 'change')} undone. ${result.failures.map(({ title, detail }) => `${title}: ${detail}`).join(' ')}`
          : `${plural(result.undone.length, 'change')} undone.`,
      )
      changed({ ...proposal, undone: true })
    })

  return (
    <section
      ref={card}
      tabIndex={-1}
      aria-label={`Proposal: ${proposal.summary}`}
      className="rounded-sheet border border-edge bg-surface px-4 pt-3 pb-3"
    >
      <h3 className="text-14 font-semibold">{proposal.summary}</h3>
      <p className="pb-1 text-13 text-muted">{STATUS[status]}</p>
      <ProposalRows
        rows={proposal.rows}
        chosen={status === 'open' ? chosen : null}
        onToggle={toggle}
        failures={failures}
      />
      <p role="status" className="text-13 text-soft empty:hidden">
        {said}
      </p>
      {status === 'open' && (
        <div className="flex flex-wrap gap-2 pt-2">
          <Button
            look="primary"
            busy={busy === 'apply'}
            disabled={busy !== null || !chosen.size}
            onClick={() => void apply()}
          >
            Approve{' '}
            {chosen.size < proposal.rows.length && `${chosen.size} of ${proposal.rows.length}`}
          </Button>
          {onEdit && (
            <Button disabled={busy !== null} onClick={onEdit}>
              Edit
            </Button>
          )}
          <Button
            look="quiet"
            busy={busy === 'dismiss'}
            disabled={busy !== null}
            onClick={() => void dismiss()}
          >
            Dismiss
          </Button>
        </div>
      )}
      {status === 'applied' && proposal.batch_id && (
        <div className="pt-2">
          <Button
            busy={busy === 'undo'}
            disabled={busy !== null}
            onClick={() => proposal.batch_id && void undo(proposal.batch_id)}
          >
            Undo
          </Button>
        </div>
      )}
      {status === 'expired' && onEdit && (
        <div className="pt-2">
          <Button onClick={onEdit}>Ask again</Button>
        </div>
      )}
    </section>
  )
}

type Status = Proposal['status'] | 'undone'

function statusAt(proposal: Proposal, now: Date): Status {
  if (proposal.undone) return 'undone'
  const expired = proposal.status === 'open' && new Date(proposal.expires_at) <= now
  return expired ? 'expired' : proposal.status
}

const STATUS: Record<Status, string> = {
  open: 'Nothing is changed until you approve it.',
  applied: 'Approved.',
  undone: 'Approved, then undone.',
  dismissed: 'Dismissed. Nothing was changed.',
  expired: 'This proposal has expired. Nothing was changed.',
}
