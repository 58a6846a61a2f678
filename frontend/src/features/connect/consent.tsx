/** Asks the person whether an assistant may use their tasks. */
'use client'

import { BadgeCheck, Check, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { settings } from '@/api/settings'
import { sentence } from '@/api/problem'
import type { ConnectionRequest } from '@/api/types'
import { Button } from '@/components/ui/button'
import { AuthFrame } from '@/features/accounts/auth-frame'
import { useHydrated } from '@/lib/hooks'
import { destination, mayWords } from './scope-words'

export function Consent({ request, email }: { request: ConnectionRequest; email: string }) {
  const ready = useHydrated()
  const [answering, setAnswering] = useState<'allow' | 'refuse' | null>(null)
  const [answered, setAnswered] = useState<'allowed' | 'refused' | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const to = destination(request.redirect_uri, request.is_on_this_device)

  const answer = async (allow: boolean) => {
    setAnswering(allow ? 'allow' : 'refuse')
    setProblem(null)
    try {
      const { redirect_to } = await settings.answerConnectionRequest(request.id, allow)
      setAnswered(allow ? 'allowed' : 'refused')
      // A program on this device is opened beside this page, which then stays.
      location.assign(redirect_to)
    } catch (error) {
      setProblem(error)
      setAnswering(null)
    }
  }

  if (answered)
    return (
      <AuthFrame wide title={answered === 'allowed' ? 'Connected' : 'Not connected'}>
        <p role="status" className="mt-1 text-muted">
          Go back to <bdi>{request.name}</bdi>. You can close this window.
        </p>
      </AuthFrame>
    )

  return (
    <AuthFrame
      wide
      title={
        <>
          Connect <bdi>{request.name}</bdi>?
        </>
      }
    >
      <p className="mt-1 text-14 wrap-anywhere text-muted">
        It asks to use the tasks of <bdi className="text-ink">{email}</bdi>.
      </p>
      <Identity request={request} />
      <h2 id="may" className="mt-6 text-14 font-semibold">
        It will be able to
      </h2>
      <ul aria-labelledby="may" className="mt-2 flex flex-col gap-2">
        {mayWords(request.scopes).map((words) => (
          <li key={words} className="flex gap-2.5 text-14">
            <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" strokeWidth={1.75} />
            {words}
          </li>
        ))}
      </ul>
      <p className="mt-4 text-13 text-muted">
        It does not see your password, and cannot change your account or your channels. After your
        answer the browser goes to{' '}
        <strong className="font-medium wrap-anywhere text-soft">{to}</strong>. You can disconnect it
        at any time in Settings.
      </p>
      {problem !== null && (
        <p role="alert" className="mt-4 rounded-control bg-red-soft px-3 py-2.5 text-14 text-red">
          {sentence(problem)}
        </p>
      )}
      <div className="mt-7 flex flex-col-reverse gap-3 sm:flex-row">
        <Button
          className="h-11 sm:flex-1"
          disabled={!ready || answering !== null}
          busy={answering === 'refuse'}
          onClick={() => void answer(false)}
        >
          Do not allow
        </Button>
        <Button
          look="primary"
          className="h-11 sm:flex-1"
          disabled={!ready || answering !== null}
          busy={answering === 'allow'}
          onClick={() => void answer(true)}
        >
          Allow
        </Button>
      </div>
    </AuthFrame>
  )
}

/** Who asks, and how far that is known: the address is verified, a name never is. */
function Identity({ request }: { request: ConnectionRequest }) {
  if (request.host !== null)
    return (
      <p className="mt-4 flex gap-2.5 rounded-control bg-accent-soft px-3 py-2.5 text-14">
        <BadgeCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" strokeWidth={1.75} />
        <span className="min-w-0">
          From <strong className="font-semibold wrap-anywhere">{request.host}</strong>. This address
          is verified; the name is its own choice.
        </span>
      </p>
    )
  return (
    <p className="mt-4 flex gap-2.5 rounded-control bg-amber-soft px-3 py-2.5 text-14">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-amber" strokeWidth={1.75} />
      <span className="min-w-0">
        <strong className="font-semibold">Not verified.</strong> A program registered itself as “
        <bdi className="wrap-anywhere">{request.name}</bdi>”. Allow it only if you have just started
        this yourself.
      </span>
    </p>
  )
}
