/** The form for login and for sign-up. */
'use client'

import Link from 'next/link'
import { api } from '@/api/browser'
import { Button } from '@/components/ui/button'
import { endPushOfOthers } from '@/lib/push'
import { localPath } from '@/lib/local-path'
import { browserZone } from '@/lib/zoned'
import { AuthFrame, linkLook } from './auth-frame'
import { EmailField, PlainForm, Submit, textOf, useForm } from './form'
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
  const invitation = useLinkSecret() || undefined
  const form = useForm(['email', 'password'], async (fields) => {
    const email = textOf(fields, 'email').trim()
    const password = textOf(fields, 'password')
    const me =
      kind === 'register'
        ? await api.register({ email, password, timezone: browserZone(), invitation })
        : await api.login({ email, password, keep: fields.has('keep') })
    await endPushOfOthers(me.id)
    // A full page load, so that no data of an earlier account stays in memory.
    location.assign(localPath(next ?? null))
  })

  return (
    <AuthFrame title={words.title} about="Recurring tasks and reminders that can be trusted.">
      <PlainForm
        form={form}
        actions={
          <>
            {form.on('keep') && (
              <Button
                onClick={(event) => {
                  const fields = new FormData(event.currentTarget.form ?? undefined)
                  fields.set('keep', 'yes')
                  void form.submit(fields)
                }}
                busy={form.busy}
                className="h-11"
              >
                Keep my account
              </Button>
            )}
            <Submit busy={form.busy}>{words.button}</Submit>
          </>
        }
      >
        <EmailField error={form.on('email')} />
        <PasswordField isNew={kind === 'register'} error={form.on('password')} />
      </PlainForm>
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
