/** Settings: deletes the account. The download of everything comes first. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { account } from '@/api/account'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { FormProblem } from '@/features/accounts/auth-frame'
import { PasswordField } from '@/features/accounts/password-field'
import { forget, leave } from '@/session/logout'
import { useMe } from '@/session/me'
import { Row, Section } from './section'

export function DeleteAccount() {
  const [leaving, setLeaving] = useState(false)
  return (
    <Section id="leave" title="Your account">
      <Row
        label="Everything about you"
        hint="Your account, tasks, history, notifications, conversations and devices, as JSON."
      >
        <DownloadEverything />
      </Row>
      <Row
        label="Delete the account"
        hint="With all its tasks. You have seven days to change your mind."
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
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const onPassword = problem instanceof Problem ? problem.on('password') : undefined

  const submit = async (form: FormData) => {
    setBusy(true)
    setProblem(null)
    try {
      await leave(client, async () => {
        await account.deleteAccount(String(form.get('password') ?? ''))
        await forget(me.id)
      })
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
      <p className="text-soft">
        You are signed out everywhere, and nothing is sent any more. In seven days the account and
        everything in it is gone. Log in before then to keep it.
      </p>
      <DownloadEverything />
      <PasswordField isNew={false} error={onPassword} />
      {problem !== null && !onPassword && <FormProblem>{sentence(problem)}</FormProblem>}
      <div className="flex justify-end gap-2">
        <Button onClick={onKeep}>Keep my account</Button>
        <Button look="danger" type="submit" busy={busy}>
          Delete my account
        </Button>
      </div>
    </form>
  )
}

function DownloadEverything() {
  return (
    <a
      href="/api/me/data"
      download
      className="inline-flex h-9 items-center gap-2 self-start rounded-control border border-edge bg-surface px-3 font-medium hover:bg-hover max-sm:h-11"
    >
      <Download aria-hidden className="size-4" strokeWidth={1.5} />
      Download everything
    </a>
  )
}
