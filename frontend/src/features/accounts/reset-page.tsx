'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Problem, sentence } from '@/api/problem'
import { account } from '@/api/account'
import { Button } from '@/components/ui/button'
import { useHydrated } from '@/lib/hooks'
import { AuthFrame, FormProblem, linkLook } from './auth-frame'
import { useLinkSecret } from './link-secret'
import { PasswordField } from './password-field'

/** Sets a new password by the link of a mail. */
export function ResetPage() {
  const secret = useLinkSecret()
  const [done, setDone] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const ready = useHydrated()
  const onPassword = problem instanceof Problem ? problem.on('password') : undefined

  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    try {
      await account.resetPassword(secret, String(form.get('password') ?? ''))
      setDone(true)
    } catch (error) {
      setProblem(error)
    }
    setBusy(false)
  }

  if (done)
    return (
      <AuthFrame
        title="Your password is changed"
        about="Every session was signed out. Log in with the new password."
      >
        <Link
          href="/login"
          className="inline-flex h-11 w-full items-center justify-center rounded-control bg-accent font-medium text-on-accent"
        >
          Log in
        </Link>
      </AuthFrame>
    )
  return (
    <AuthFrame title="Set a new password" about="It replaces the old one at once.">
      <form
        method="post"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit(new FormData(event.currentTarget))
        }}
      >
        <PasswordField isNew label="New password" error={onPassword} />
        {problem !== null && !onPassword && <FormProblem>{sentence(problem)}</FormProblem>}
        <Button look="primary" type="submit" busy={busy} disabled={!ready} className="mt-1 h-11">
          Set the password
        </Button>
      </form>
      <p className="mt-6 text-14">
        <Link href="/forgot-password" className={linkLook}>
          Ask for a new link
        </Link>
      </p>
    </AuthFrame>
  )
}
