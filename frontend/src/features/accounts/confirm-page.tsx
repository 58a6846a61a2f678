'use client'

import Link from 'next/link'
import { useState } from 'react'
import { account } from '@/api/account'
import { AuthFrame, linkLook } from './auth-frame'
import { PlainForm, Submit, useForm } from './form'
import { useLinkSecret } from './link-secret'

/** Confirms an address. It asks first: mail scanners open links, and that must not confirm anything. */
export function ConfirmPage() {
  const secret = useLinkSecret()
  const [confirmed, setConfirmed] = useState<string | null>(null)
  const form = useForm([], async () => {
    setConfirmed((await account.confirmAddress(secret)).address)
  })

  if (confirmed !== null)
    return (
      <AuthFrame
        title="Your address is confirmed"
        about={`Reminders and messages about your account can now be sent to ${confirmed}.`}
      >
        <Link href="/" className={linkLook}>
          Open Todo
        </Link>
      </AuthFrame>
    )
  return (
    <AuthFrame
      title="Confirm your address"
      about="Reminders and messages about your account will be sent to this address."
    >
      <PlainForm form={form} actions={<Submit busy={form.busy}>Confirm this address</Submit>} />
    </AuthFrame>
  )
}
