/** Settings: deletes the account. The download of everything comes first. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { account } from '@/api/account'
import { Button, LinkButton } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { PlainForm, textOf, useForm } from '@/features/accounts/form'
import { PasswordField } from '@/features/accounts/password-field'
import { forget, leave } from '@/session/logout'
import { useMe } from '@/session/me'
import { Row, Section } from './section'

export function DeleteAccount() {
  const [leaving, setLeaving] = useState(false)
  return (
    <Section id="leave" title="Your account">
      <Row
        label="Your data"
        hint="A JSON file with your account, tasks, history, notifications, conversations and devices."
      >
        <DownloadEverything />
      </Row>
      <Row
        label="Delete the account"
        hint="This also deletes all your tasks. You have seven days to change your mind."
      >
        <Button look="danger" onClick={() => setLeaving(true)}>
          Delete my account
        </Button>
      </Row>
      <Dialog open={leaving} onOpenChange={setLeaving} title="Delete your account?">
        {leaving && <DeleteForm onKeep={() => setLeaving(false)} />}
      </Dialog>
    </Section>
  )
}

function DeleteForm({ onKeep }: { onKeep: () => void }) {
  const client = useQueryClient()
  const me = useMe()
  const form = useForm(['password'], (fields) =>
    leave(client, async () => {
      await account.deleteAccount(textOf(fields, 'password'))
      await forget(me.id)
    }),
  )
  return (
    <PlainForm
      form={form}
      className="px-5 pt-2 pb-5"
      actions={
        <div className="flex justify-end gap-2">
          <Button onClick={onKeep}>Keep my account</Button>
          <Button look="danger" type="submit" busy={form.busy}>
            Delete my account
          </Button>
        </div>
      }
    >
      <p className="text-soft">
        You will be signed out on all devices, and Todo will send you nothing more. After seven
        days, your account and everything in it will be deleted. To keep it, log in before then.
      </p>
      <DownloadEverything />
      <PasswordField isNew={false} error={form.on('password')} />
    </PlainForm>
  )
}

function DownloadEverything() {
  return (
    <LinkButton href="/api/me/data" download className="self-start">
      <Download aria-hidden className="size-4" strokeWidth={1.5} />
      Download everything
    </LinkButton>
  )
}
