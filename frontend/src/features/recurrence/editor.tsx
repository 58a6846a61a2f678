/** The dialog that edits a recurrence rule: presets, the custom form, and the next dates. */
'use client'

import { useState } from 'react'
import type { RecurrenceMode } from '@/api/types'
import { Chip, Segments } from '@/components/ui/primitives'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import type { Wall } from '@/lib/zoned'
import { CustomRule } from './custom-rule'
import { presetOf, presets } from './presets'
import { NextDates } from './preview'
import { fromRule, startingForm, toRule } from './rule-form'

export interface Recurrence {
  rule: string | null
  mode: RecurrenceMode
}

interface EditorProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  value: Recurrence
  /** The server's words for the rule; shown when this form cannot edit it. */
  words: string | null
  /** `text` as the API takes it; `wall` is the same time on the task's wall clock. */
  due: { text: string; wall: Wall; allDay: boolean; timezone: string }
  onSave: (value: Recurrence) => void
}

export function RecurrenceDialog(props: EditorProps) {
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title="Repeat"
      className="sm:max-w-130"
    >
      {props.open && <Editor {...props} />}
    </Dialog>
  )
}

function Editor({ value, words, due, onSave, onOpenChange }: EditorProps) {
  const [rule, setRule] = useState(value.rule)
  const [mode, setMode] = useState(value.mode)
  const [custom, setCustom] = useState(
    value.rule !== null && presetOf(value.rule, due.wall) === null,
  )
  const form = rule === null ? null : fromRule(rule)
  const startOver = () => setRule(toRule(startingForm(due.wall)))

  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault()
        onSave({ rule, mode })
        onOpenChange(false)
      }}
    >
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-5 pt-2 pb-5">
        <PresetChoice
          due={due.wall}
          selected={custom ? 'custom' : presetOf(rule, due.wall)}
          onPreset={(next) => {
            setRule(next)
            setCustom(false)
          }}
          onCustom={() => {
            setCustom(true)
            if (rule === null) startOver()
          }}
        />
        {custom && rule !== null && !form && <UneditableRule words={words} onReplace={startOver} />}
        {custom && form && (
          <CustomRule
            form={form}
            due={due.wall}
            change={(next) => setRule(toRule({ ...form, ...next }))}
          />
        )}
        {rule !== null && (
          <>
            <ModeChoice value={mode} onChange={setMode} />
            <div className="border-t pt-4">
              <NextDates
                of={{ due: due.text, timezone: due.timezone, allDay: due.allDay, rule, mode }}
              />
            </div>
          </>
        )}
      </div>
      <div className="flex justify-end gap-2 border-t px-5 py-3">
        <Button look="quiet" onClick={() => onOpenChange(false)}>
          Cancel
        </Button>
        <Button look="primary" type="submit">
          Save
        </Button>
      </div>
    </form>
  )
}

function PresetChoice({
  due,
  selected,
  onPreset,
  onCustom,
}: {
  due: Wall
  /** The key of a preset, "custom", or null while neither fits. */
  selected: string | null
  onPreset: (rule: string | null) => void
  onCustom: () => void
}) {
  return (
    <div className="flex flex-wrap gap-2">
      {presets(due).map(({ key, label, rule }) => (
        <Chip key={key} selected={selected === key} onClick={() => onPreset(rule)}>
          {label}
        </Chip>
      ))}
      <Chip selected={selected === 'custom'} onClick={onCustom}>
        Custom
      </Chip>
    </div>
  )
}

function UneditableRule({ words, onReplace }: { words: string | null; onReplace: () => void }) {
  return (
    <div className="rounded-control bg-hover px-3 py-2.5 text-13 text-soft first-letter:uppercase">
      {words ?? 'An imported rule'}. This form cannot edit this rule. It stays as it is unless you
      replace it.{' '}
      <button
        type="button"
        className="font-medium text-accent underline-offset-2 hover:underline"
        onClick={onReplace}
      >
        Replace it
      </button>
    </div>
  )
}

const MODES: readonly { value: RecurrenceMode; label: string; words: string }[] = [
  {
    value: 'from_due',
    label: 'From due date',
    words: 'The next date is counted from the last due date, even if you complete the task late.',
  },
  {
    value: 'from_completion',
    label: 'From completion',
    words: 'The next date is counted from the day you complete the task.',
  },
  {
    value: 'skip_missed',
    label: 'Skip missed',
    words: 'The next date is counted from the last due date; dates that have passed are skipped.',
  },
]

function ModeChoice({
  value,
  onChange,
}: {
  value: RecurrenceMode
  onChange: (value: RecurrenceMode) => void
}) {
  return (
    <div className="flex flex-col gap-2">
      <Segments label="Next date" value={value} options={MODES} onChange={onChange} />
      <p className="text-13 text-muted">{MODES.find((mode) => mode.value === value)?.words}</p>
    </div>
  )
}
