'use client'

import Link from 'next/link'
import { useState } from 'react'
import { account } from '@/api/account'
import { sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { useHydrated } from '@/lib/hooks'
import { AuthFrame, FormProblem, linkLook } from './auth-frame'
import { useLinkSecret } from './link-secret'

/** Confirms an address. It asks first: mail scanners open links, and that must not confirm anything. */
export function ConfirmPage() {
  const secret = useLinkSecret()
  const [confirmed, setConfirmed] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const ready = useHydrated()

  const confirm = async () => {
    setBusy(true)
    setProblem(null)
    try {
      setConfirmed((await account.confirmAddress(secret)).address)
    } catch (error) {
      setProblem(error)
    }
    setBusy(false)
  }

  return (
    <AuthFrame
      title={confirmed ? 'Your address is confirmed' : 'Confirm your address'}
      about={
        confirmed
          ? `Reminders and news of your account can now reach ${confirmed}.`
          : 'Reminders and news of your account go to this address afterwards.'
      }
    >
      <div className="flex flex-col gap-4">
        {problem !== null && <FormProblem>{sentence(problem)}</FormProblem>}
        {confirmed ? (
          <Link href="/" className={linkLook}>
            Open Todo
          </Link>
        ) : (
          <Button
            look="primary"
            className="h-11"
            busy={busy}
            disabled={!ready}
            onClick={() => void confirm()}
          >
            Confirm this address
          </Button>
        )}
      </div>
    </AuthFrame>
  )
}
