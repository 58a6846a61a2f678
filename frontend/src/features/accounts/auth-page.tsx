/** The form for login and for sign-up. */
'use client'

import { Check, Eye, EyeOff } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import { Button, IconButton } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { useHydrated } from '@/lib/hooks'
import { localPath } from '@/lib/local-path'
import { browserZone } from '@/lib/zoned'

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
  const [busy, setBusy] = useState(false)
  const on = (field: string) => (problem instanceof Problem ? problem.on(field) : undefined)
  const named = on('email') ?? on('password')

  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    const email = String(form.get('email') ?? '').trim()
    const password = String(form.get('password') ?? '')
    try {
      if (kind === 'register') await api.register({ email, password, timezone: browserZone() })
      else await api.login({ email, password })
      // A full page load, so that no data of an earlier account stays in memory.
      location.assign(localPath(next ?? null))
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-5 py-10">
      <div className="w-full max-w-88">
        <div className="mb-8 flex items-center gap-2.5">
          <span className="flex size-9 items-center justify-center rounded-[10px] bg-accent text-on-accent">
            <Check aria-hidden className="size-5" strokeWidth={2.5} />
          </span>
          <span className="text-20 font-semibold tracking-tight">Todo</span>
        </div>
        <h1 className="text-28 font-[680] tracking-[-0.02em]">{words.title}</h1>
        <p className="mt-1 mb-7 text-14 text-balance text-muted">
          Recurring tasks and reminders that can be trusted.
        </p>
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
          {problem !== null && !named && (
            <p role="alert" className="rounded-control bg-red-soft px-3 py-2.5 text-14 text-red">
              {sentence(problem)}
            </p>
          )}
          <Button look="primary" type="submit" busy={busy} disabled={!ready} className="mt-1 h-11">
            {words.button}
          </Button>
        </form>
        <p className="mt-6 text-14 text-muted">
          {words.other}{' '}
          <Link
            href={next ? `${words.href}?next=${encodeURIComponent(next)}` : words.href}
            className="inline-flex items-center font-medium text-accent underline-offset-2 hover:underline max-sm:min-h-11"
          >
            {words.link}
          </Link>
        </p>
      </div>
    </main>
  )
}

function PasswordField({ isNew, error }: { isNew: boolean; error: string | undefined }) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Field label="Password" error={error} hint={isNew ? 'At least 8 characters' : undefined}>
      {(props) => (
        <div className="relative">
          <Input
            {...props}
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            minLength={isNew ? 8 : undefined}
            required
            className="h-11 pr-11"
          />
          <IconButton
            label={shown ? 'Hide the password' : 'Show the password'}
            className="absolute top-1.5 right-1.5 max-sm:top-0 max-sm:right-0"
            onClick={() => setShown(!shown)}
          >
            <Icon aria-hidden className="size-4" strokeWidth={1.5} />
          </IconButton>
        </div>
      )}
    </Field>
  )
}
