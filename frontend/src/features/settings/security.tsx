/** Settings: the password. */
'use client'

import { useState } from 'react'
import { account } from '@/api/account'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { toast } from '@/components/ui/toast'
import { FormProblem } from '@/features/accounts/auth-frame'
import { PasswordField } from '@/features/accounts/password-field'
import { Row, Section } from './section'

export function Security() {
  const [changing, setChanging] = useState(false)
  return (
    <Section id="security" title="Security">
      <Row label="Password" hint="A change signs out every other device.">
        <Button onClick={() => setChanging(true)}>Change the password</Button>
      </Row>
      <Dialog open={changing} onOpenChange={setChanging} title="Change the password">
        {changing && <PasswordForm onDone={() => setChanging(false)} />}
      </Dialog>
    </Section>
  )
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const on = (field: string) => (problem instanceof Problem ? problem.on(field) : undefined)

  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    try {
      await account.changePassword(
        String(form.get('current') ?? ''),
        String(form.get('password') ?? ''),
      )
      toast('Your password is changed. Every other device is signed out.')
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
      <PasswordField isNew={false} name="current" label="Current password" error={on('current')} />
      <PasswordField isNew label="New password" error={on('password')} />
      {problem !== null && !on('current') && !on('password') && (
        <FormProblem>{sentence(problem)}</FormProblem>
      )}
      <Button look="primary" type="submit" busy={busy} className="self-end">
        Change the password
      </Button>
    </form>
  )
}
