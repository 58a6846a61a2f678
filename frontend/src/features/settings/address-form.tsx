/** The form that changes the address of the account. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { account } from '@/api/account'
import { Button } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { EmailField, PlainForm, textOf, useForm } from '@/features/accounts/form'
import { PasswordField } from '@/features/accounts/password-field'
import { keys } from '@/session/query-keys'

export function AddressForm({ onDone }: { onDone: () => void }) {
  const client = useQueryClient()
  const form = useForm(['email', 'password'], async (fields) => {
    const email = textOf(fields, 'email').trim()
    const { changed } = await account.changeAddress(email, textOf(fields, 'password'))
    toast(
      changed
        ? `Your email address is now ${email}.`
        : `Open the link in the email that we sent to ${email}.`,
    )
    void client.invalidateQueries({ queryKey: keys.me })
    void client.invalidateQueries({ queryKey: keys.account })
    onDone()
  })
  return (
    <PlainForm
      form={form}
      className="px-5 pt-2 pb-5"
      actions={
        <Button look="primary" type="submit" busy={form.busy} className="self-end">
          Change address
        </Button>
      }
    >
      <EmailField label="New address" error={form.on('email')} />
      <PasswordField isNew={false} error={form.on('password')} />
    </PlainForm>
  )
}
