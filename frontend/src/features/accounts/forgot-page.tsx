'use client'

import Link from 'next/link'
import { useState } from 'react'
import { account } from '@/api/account'
import { AuthFrame, linkLook } from './auth-frame'
import { EmailField, PlainForm, Submit, textOf, useForm } from './form'

/** Asks for the mail with a link that sets a new password. */
export function ForgotPage() {
  const [sentTo, setSentTo] = useState<string | null>(null)
  const form = useForm(['email'], async (fields) => {
    const email = textOf(fields, 'email').trim()
    await account.askForReset(email)
    setSentTo(email)
  })

  if (sentTo !== null)
    return (
      <AuthFrame
        title="Check your email"
        about={`If there is an account with the address ${sentTo}, we have sent it a link. The link works once, for 30 minutes.`}
      >
        <BackToLogin />
      </AuthFrame>
    )
  return (
    <AuthFrame
      title="Forgot your password?"
      about="Enter your email address. We will send you a link to set a new password."
    >
      <PlainForm form={form} actions={<Submit busy={form.busy}>Send the link</Submit>}>
        <EmailField error={form.on('email')} />
      </PlainForm>
      <BackToLogin />
    </AuthFrame>
  )
}

function BackToLogin() {
  return (
    <p className="mt-6 text-14">
      <Link href="/login" className={linkLook}>
        Back to login
      </Link>
    </p>
  )
}
