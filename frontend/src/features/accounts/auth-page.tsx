/** The form for login and for sign-up. */
'use client'

import Link from 'next/link'
import { useState } from 'react'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { useHydrated } from '@/lib/hooks'
import { endPushOfOthers } from '@/lib/push'
import { localPath } from '@/lib/local-path'
import { browserZone } from '@/lib/zoned'
import { AuthFrame, FormProblem, linkLook } from './auth-frame'
import { useLinkSecret } from './link-secret'
import { PasswordField } from './password-field'

const WORDS = {
  login: {
    title: 'Welcome back',
    button: 'Log in',
    other: 'New here?',
    link: 'Create an account',
    href: '/register',
  },
  register: {
    title: 'Create your account',
    button: 'Sign up',
    other: 'Already have an account?',
    link: 'Log in',
    href: '/login',
  },
} as const

/** `next` is where the person goes after it, such as the consent page of an assistant. */
export function AuthPage({ kind, next }: { kind: 'login' | 'register'; next?: string }) {
  const words = WORDS[kind]
  const [problem, setProblem] = useState<unknown>(null)
  const ready = useHydrated()
  const invitation = useLinkSecret() || undefined
  const [busy, setBusy] = useState(false)
  const on = (field: string) => (problem instanceof Problem ? problem.on(field) : undefined)
  const named = on('email') ?? on('password')

  const submit = async (form: FormData, keep = false) => {
    setBusy(true)
    setProblem(null)
    const email = String(form.get('email') ?? '').trim()
    const password = String(form.get('password') ?? '')
    try {
      const me =
        kind === 'register'
          ? await api.register({ email, password, timezone: browserZone(), invitation })
          : await api.login({ email, password, keep })
      await endPushOfOthers(me.id)
      // A full page load, so that no data of an earlier account stays in memory.
      location.assign(localPath(next ?? null))
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <AuthFrame title={words.title} about="Recurring tasks and reminders that can be trusted.">
      {/* POST keeps the password out of the URL if the form is sent before the script has loaded. */}
      <form
        method="post"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit(new FormData(event.currentTarget))
        }}
      >
        <Field label="Email" error={on('email')}>
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
        <PasswordField isNew={kind === 'register'} error={on('password')} />
        {problem !== null && !named && <FormProblem>{sentence(problem)}</FormProblem>}
        {on('keep') && (
          <Button
            onClick={(event) =>
              void submit(new FormData(event.currentTarget.form ?? undefined), true)
            }
            busy={busy}
            className="h-11"
          >
            Keep my account
          </Button>
        )}
        <Button look="primary" type="submit" busy={busy} disabled={!ready} className="mt-1 h-11">
          {words.button}
        </Button>
      </form>
      {kind === 'login' && (
        <p className="mt-6 text-14">
          <Link href="/forgot-password" className={linkLook}>
            Forgot password?
          </Link>
        </p>
      )}
      <p className={`${kind === 'login' ? 'mt-2' : 'mt-6'} text-14 text-muted`}>
        {words.other}{' '}
        <Link
          href={next ? `${words.href}?next=${encodeURIComponent(next)}` : words.href}
          className={linkLook}
        >
          {words.link}
        </Link>
      </p>
    </AuthFrame>
  )
}
