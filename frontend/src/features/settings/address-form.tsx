/** The form that changes the address of the account. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { account } from '@/api/account'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { FormProblem } from '@/features/accounts/auth-frame'
import { PasswordField } from '@/features/accounts/password-field'
import { keys } from '@/session/query-keys'

export function AddressForm({ onDone }: { onDone: () => void }) {
  const client = useQueryClient()
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const on = (field: string) => (problem instanceof Problem ? problem.on(field) : undefined)

  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    const email = String(form.get('email') ?? '').trim()
    try {
      const { changed } = await account.changeAddress(email, String(form.get('password') ?? ''))
      toast(changed ? `Your address is ${email} now.` : `Open the link that we mailed to ${email}.`)
      void client.invalidateQueries({ queryKey: keys.me })
      onDone()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <form
      method="post"
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void submit(new FormData(event.currentTarget))
      }}
    >
      <Field label="New address" error={on('email')}>
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
      <PasswordField isNew={false} error={on('password')} />
      {problem !== null && !on('email') && !on('password') && (
        <FormProblem>{sentence(problem)}</FormProblem>
      )}
      <Button look="primary" type="submit" busy={busy} className="self-end">
        Change the address
      </Button>
    </form>
  )
}
