/** The field of a password, with a button that shows it. */
'use client'

import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'

/** `isNew` asks the browser to suggest a new password, and `name` is the field of the form. */
export function PasswordField({
  isNew,
  error,
  name = 'password',
  label = 'Password',
}: {
  isNew: boolean
  error: string | undefined
  name?: string
  label?: string
}) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Field label={label} error={error} hint={isNew ? 'At least 8 characters' : undefined}>
      {(props) => (
        <div className="relative">
          <Input
            {...props}
            name={name}
            type={shown ? 'text' : 'password'}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            minLength={isNew ? 8 : undefined}
            required
            className="h-11 pr-11"
          />
          <IconButton
            label={`${shown ? 'Hide' : 'Show'} the ${label.toLowerCase()}`}
            className="absolute top-1.5 right-1.5 max-sm:top-0 max-sm:right-0"
            onClick={() => setShown(!shown)}
          >
            <Icon aria-hidden className="size-4" strokeWidth={1.5} />
          </IconButton>
        </div>
      )}
    </Field>
  )
}
