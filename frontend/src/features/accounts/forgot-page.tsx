'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Problem, sentence } from '@/api/problem'
import { account } from '@/api/account'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { useHydrated } from '@/lib/hooks'
import { AuthFrame, FormProblem, linkLook } from './auth-frame'

/** Asks for the mail with a link that sets a new password. */
export function ForgotPage() {
  const [sentTo, setSentTo] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const ready = useHydrated()

  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    const email = String(form.get('email') ?? '').trim()
    try {
      await account.askForReset(email)
      setSentTo(email)
    } catch (error) {
      setProblem(error)
    }
    setBusy(false)
  }

  if (sentTo !== null)
    return (
      <AuthFrame
        title="Look into your mail"
        about={`If there is an account with the address ${sentTo}, a link is on its way. It works once, for 30 minutes.`}
      >
        <BackToLogin />
      </AuthFrame>
    )
  return (
    <AuthFrame
      title="Forgot your password?"
      about="We mail you a link with which you set a new one."
    >
      <form
        method="post"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit(new FormData(event.currentTarget))
        }}
      >
        <Field label="Email" error={problem instanceof Problem ? problem.on('email') : undefined}>
          {(props) => (
            <Input
              {...props}
              name="email"
              type="email"
              autoComplete="email"
              inputMode="email"
              required
              autoFocus
              className="h-11"
            />
          )}
        </Field>
        {problem !== null && !(problem instanceof Problem && problem.on('email')) && (
          <FormProblem>{sentence(problem)}</FormProblem>
        )}
        <Button look="primary" type="submit" busy={busy} disabled={!ready} className="mt-1 h-11">
          Mail me a link
        </Button>
      </form>
      <BackToLogin />
    </AuthFrame>
  )
}

export function BackToLogin() {
  return (
    <p className="mt-6 text-14">
      <Link href="/login" className={linkLook}>
        Back to the login
      </Link>
    </p>
  )
}
