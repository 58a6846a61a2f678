/** The form that creates a personal access token. */
'use client'

import { useState } from 'react'
import { settings } from '@/api/settings'
import { sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { ShownOnce } from './entries'

type Scope = 'read' | 'write'

const SCOPES: readonly (readonly [Scope, string])[] = [
  ['write', 'read and write'],
  ['read', 'read only'],
]
/** Days until the token expires; empty for a token that never expires. */
const EXPIRES: readonly (readonly [string, string])[] = [
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in a year'],
  ['', 'never'],
]

export function TokenForm({ onCreated, onDone }: { onCreated: () => void; onDone: () => void }) {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('write')
  const [days, setDays] = useState('90')
  const [secret, setSecret] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const create = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const made = await settings.createToken({
        name: name.trim(),
        scope,
        ...(days ? { expires_in_days: Number(days) } : {}),
      })
      setSecret(made.token ?? null)
      onCreated()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  if (secret)
    return (
      <ShownOnce secret={secret} onDone={onDone}>
        Anyone who has this token can act as you.
      </ShownOnce>
    )
  return (
    <form
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <Field
        label="Name"
        hint="The program or device that uses it"
        error={problem ? sentence(problem) : undefined}
      >
        {(props) => (
          <Input
            {...props}
            required
            autoFocus
            maxLength={100}
            placeholder="Laptop, command line"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-4">
        <Choice label="Permissions" value={scope} options={SCOPES} onChange={setScope} />
        <Choice label="Expires" value={days} options={EXPIRES} onChange={setDays} />
      </div>
      <Button look="primary" type="submit" busy={busy} className="self-end">
        Create
      </Button>
    </form>
  )
}

function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange: (value: T) => void
}) {
  return (
    <Field label={label}>
      {(props) => (
        <Select
          {...props}
          className="w-full"
          value={value}
          onChange={(event) => onChange(event.target.value as T)}
        >
          {options.map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
