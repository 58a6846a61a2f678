/** Settings: the address of the account and the password. */
'use client'

import { useState } from 'react'
import { account } from '@/api/account'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { toast } from '@/components/ui/toast'
import { FormProblem } from '@/features/accounts/auth-frame'
import { PasswordField } from '@/features/accounts/password-field'
import { useMe } from '@/session/me'
import { AddressForm } from './address-form'
import { Row, Section } from './section'

export function Security() {
  const me = useMe()
  const [moving, setMoving] = useState(false)
  const [changing, setChanging] = useState(false)
  return (
    <Section id="security" title="Security">
      <Row
        label="Address"
        hint={
          me.email_confirmed ? undefined : 'Not confirmed yet: open the link that we mailed there.'
        }
      >
        <div className="flex flex-wrap items-center gap-2 sm:min-h-9">
          <span className="min-w-0 break-all">{me.email}</span>
          <Button onClick={() => setMoving(true)}>Change</Button>
          {!me.email_confirmed && (
            <Button look="quiet" onClick={() => void mailConfirmation(me.email)}>
              Mail the link again
            </Button>
          )}
        </div>
      </Row>
      <Row label="Password" hint="A change signs out every other device.">
        <Button onClick={() => setChanging(true)}>Change the password</Button>
      </Row>
      <Dialog open={changing} onOpenChange={setChanging} title="Change the password">
        {changing && <PasswordForm onDone={() => setChanging(false)} />}
      </Dialog>
      <Dialog open={moving} onOpenChange={setMoving} title="Change the address">
        {moving && <AddressForm onDone={() => setMoving(false)} />}
      </Dialog>
    </Section>
  )
}

async function mailConfirmation(email: string): Promise<void> {
  try {
    await account.mailConfirmation()
    toast(`Open the link that we mailed to ${email}.`)
  } catch (error) {
    toast.error(sentence(error))
  }
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
