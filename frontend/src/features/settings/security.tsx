/** Settings: the address of the account and the password. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { account } from '@/api/account'
import { sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { toast } from '@/components/ui/toast'
import { PlainForm, textOf, useForm } from '@/features/accounts/form'
import { PasswordField } from '@/features/accounts/password-field'
import { useMe } from '@/session/me'
import { keys } from '@/session/query-keys'
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
          me.email_confirmed
            ? undefined
            : 'Not confirmed yet. Open the link in the email that we sent you.'
        }
      >
        <div className="flex flex-wrap items-center gap-2 sm:min-h-9">
          <span className="min-w-0 break-all">{me.email}</span>
          <Button onClick={() => setMoving(true)}>Change</Button>
          {!me.email_confirmed && (
            <Button look="quiet" onClick={() => void mailConfirmation(me.email)}>
              Send the link again
            </Button>
          )}
        </div>
      </Row>
      <Row label="Password" hint="If you change it, all other devices are signed out.">
        <Button onClick={() => setChanging(true)}>Change password</Button>
      </Row>
      <Dialog open={changing} onOpenChange={setChanging} title="Change password">
        {changing && <PasswordForm onDone={() => setChanging(false)} />}
      </Dialog>
      <Dialog open={moving} onOpenChange={setMoving} title="Change address">
        {moving && <AddressForm onDone={() => setMoving(false)} />}
      </Dialog>
    </Section>
  )
}

async function mailConfirmation(email: string): Promise<void> {
  try {
    await account.mailConfirmation()
    toast(`Open the link in the email that we sent to ${email}.`)
  } catch (error) {
    toast.error(sentence(error))
  }
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const client = useQueryClient()
  const form = useForm(['current', 'password'], async (fields) => {
    await account.changePassword(textOf(fields, 'current'), textOf(fields, 'password'))
    toast('Your password is changed. All other devices are signed out.')
    void client.invalidateQueries({ queryKey: keys.account })
    onDone()
  })
  return (
    <PlainForm
      form={form}
      className="px-5 pt-2 pb-5"
      actions={
        <Button look="primary" type="submit" busy={form.busy} className="self-end">
          Change password
        </Button>
      }
    >
      <PasswordField
        isNew={false}
        name="current"
        label="Current password"
        error={form.on('current')}
      />
      <PasswordField isNew label="New password" error={form.on('password')} />
    </PlainForm>
  )
}
