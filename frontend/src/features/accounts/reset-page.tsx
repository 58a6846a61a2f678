'use client'

import Link from 'next/link'
import { useState } from 'react'
import { account } from '@/api/account'
import { LinkButton } from '@/components/ui/button'
import { AuthFrame, linkLook } from './auth-frame'
import { PlainForm, Submit, textOf, useForm } from './form'
import { useLinkSecret } from './link-secret'
import { PasswordField } from './password-field'

/** Sets a new password by the link of a mail. */
export function ResetPage() {
  const secret = useLinkSecret()
  const [done, setDone] = useState(false)
  const form = useForm(['password'], async (fields) => {
    await account.resetPassword(secret, textOf(fields, 'password'))
    setDone(true)
  })

  if (done)
    return (
      <AuthFrame
        title="Your password is changed"
        about="You are signed out on all devices. Log in with your new password."
      >
        <LinkButton look="primary" href="/login" className="h-11 w-full">
          Log in
        </LinkButton>
      </AuthFrame>
    )
  return (
    <AuthFrame title="Set a new password" about="Your old password will stop working immediately.">
      <PlainForm form={form} actions={<Submit busy={form.busy}>Set the password</Submit>}>
        <PasswordField isNew label="New password" error={form.on('password')} />
      </PlainForm>
      <p className="mt-6 text-14">
        <Link href="/forgot-password" className={linkLook}>
          Ask for a new link
        </Link>
      </p>
    </AuthFrame>
  )
}
