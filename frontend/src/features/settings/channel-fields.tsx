/** The fields of the channel form: its kind, where it sends, and when. */
'use client'

import type { Channel, ChannelKind } from '@/api/types'
import { Field, Input, Select } from '@/components/ui/field'
import { lengthWords } from '@/lib/duration'
import { addressOf, CHANNEL_KINDS, kindOf } from './channel-kinds'
import { Minutes, USUAL_WAIT } from './minutes'

/** What the form of a channel holds while it is open. */
export interface ChannelValues {
  kind: ChannelKind
  address: string
  name: string
  /** 0 is sent right away, 1 after one wait, 2 after two. */
  step: number
  /** The wait before each later channel; it belongs to the account. */
  minutes: number
}

interface FieldsProps {
  values: ChannelValues
  change: (part: Partial<ChannelValues>) => void
}

export function KindField({ values, change, error }: FieldsProps & { error?: string }) {
  return (
    <Field label="Type" hint={kindOf(values.kind).about} error={error}>
      {(props) => (
        <Select
          {...props}
          className="w-full"
          value={values.kind}
          onChange={(event) => change({ kind: event.target.value as ChannelKind })}
        >
          {CHANNEL_KINDS.map(({ kind, label }) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

/** Where to send; nothing for this browser's push, whose address the browser gives itself. */
export function AddressField({
  values,
  change,
  channel,
  error,
}: FieldsProps & { channel: Channel | null; error?: string }) {
  const { field } = kindOf(values.kind)
  if (!field) return null
  return (
    <Field
      label={field.label}
      error={error}
      hint={channel ? `Current: ${addressOf(channel)}. Leave empty to keep it.` : undefined}
    >
      {(props) => (
        <Input
          {...props}
          required={!channel}
          autoFocus
          value={values.address}
          type={values.kind === 'email' ? 'email' : 'text'}
          placeholder={field.example}
          onChange={(event) => change({ address: event.target.value })}
        />
      )}
    </Field>
  )
}

const ORDER = ['Right away', 'Second', 'Third']

/** When this channel sends, and how long it waits for a reaction first. */
export function OrderFields({ values, change }: FieldsProps) {
  const { step, minutes } = values
  return (
    <>
      <Field label="Order">
        {(props) => (
          <Select
            {...props}
            className="w-full"
            value={step}
            onChange={(event) => change({ step: Number(event.target.value) })}
          >
            {ORDER.map((words, index) => (
              <option key={index} value={index}>
                {words}
              </option>
            ))}
            {step >= ORDER.length && <option value={step}>{`Number ${step + 1}`}</option>}
          </Select>
        )}
      </Field>
      {step > 0 && (
        <Field
          label="Send if you do not react within"
          hint={
            step > 1 &&
            `Every later channel waits this long; this one sends after ${lengthWords(step * minutes)}.`
          }
        >
          {(props) => (
            <Minutes
              {...props}
              value={minutes}
              words={lengthWords}
              onChange={(chosen) => change({ minutes: chosen ?? USUAL_WAIT })}
            />
          )}
        </Field>
      )}
    </>
  )
}

export function NameField({ values, change, error }: FieldsProps & { error?: string }) {
  return (
    <Field label="Name" hint="Optional, only you see it" error={error}>
      {(props) => (
        <Input
          {...props}
          maxLength={100}
          value={values.name}
          onChange={(event) => change({ name: event.target.value })}
        />
      )}
    </Field>
  )
}
