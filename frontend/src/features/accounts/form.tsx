/** The forms of an account: they are sent as they stand, and what the server refuses is shown in them. */
'use client'

import { useState, type ComponentProps, type ReactNode } from 'react'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { useHydrated } from '@/lib/hooks'

/** `send` leaves the form when it succeeds. `fields` show the problems about them, all others stand below. */
export function useForm(fields: readonly string[], send: (form: FormData) => Promise<void>) {
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const on = (field: string) => (problem instanceof Problem ? problem.on(field) : undefined)
  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    try {
      await send(form)
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  const other = problem === null || fields.some(on) ? null : sentence(problem)
  return { busy, on, other, submit }
}

/** POST keeps what is typed out of the URL if the form is sent before the script has loaded. */
export function PlainForm({
  form: { other, submit },
  actions,
  className,
  children,
}: {
  form: ReturnType<typeof useForm>
  actions: ReactNode
  className?: string
  children?: ReactNode
}) {
  return (
    <form
      method="post"
      className={cn('flex flex-col gap-4', className)}
      onSubmit={(event) => {
        event.preventDefault()
        void submit(new FormData(event.currentTarget))
      }}
    >
      {children}
      {other !== null && (
        <p role="alert" className="rounded-control bg-red-soft px-3 py-2.5 text-14 text-red">
          {other}
        </p>
      )}
      {actions}
    </form>
  )
}

/** The wide button that sends a form on a page without a login. */
export function Submit(props: ComponentProps<typeof Button>) {
  const ready = useHydrated()
  return <Button look="primary" type="submit" disabled={!ready} className="mt-1 h-11" {...props} />
}

export function EmailField({
  label = 'Email',
  error,
}: {
  label?: string
  error: string | undefined
}) {
  return (
    <Field label={label} error={error}>
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
  )
}

/** The text of a field. */
export function textOf(form: FormData, field: string): string {
  return String(form.get(field) ?? '')
}
