/** The help: the list of keyboard shortcuts. `keyboard.tsx` handles them. */
'use client'

import { Dialog } from '@/components/ui/layers'
import { Kbd } from '@/components/ui/primitives'
import { helpOpen } from './help-open'

const KEYS: readonly [string, readonly (readonly [readonly string[], string])[]][] = [
  [
    'Anywhere',
    [
      [['q'], 'Add a task'],
      [['c'], 'Open or close the assistant'],
      [['/'], 'Search'],
      [['Ctrl', 'Z'], 'Undo the last change'],
      [['g', 'i'], 'Go to the Inbox'],
      [['g', 't'], 'Go to Today'],
      [['g', 'u'], 'Go to Upcoming'],
      [['g', 'a'], 'Go to All'],
      [['g', 'p'], 'Go to the projects'],
      [['?'], 'Show this list'],
      [['Esc'], 'Close what is open'],
    ],
  ],
  [
    'In a list',
    [
      [['j'], 'Next task'],
      [['k'], 'Previous task'],
      [['x'], 'Complete or reopen'],
      [['e'], 'Edit'],
      [['d'], 'Set the date and time'],
      [['s'], 'Move to a later time'],
      [['v'], 'Move to a project'],
      [['Alt', '↑'], 'Move up in a project'],
      [['Alt', '↓'], 'Move down in a project'],
      [['Del'], 'Move to the trash'],
    ],
  ],
]

export function HelpDialog() {
  const open = helpOpen.use()
  return (
    <Dialog
      open={open}
      onOpenChange={helpOpen.set}
      title="Keyboard shortcuts"
      className="sm:max-w-140"
    >
      <div className="grid gap-x-10 gap-y-5 overflow-y-auto px-5 pt-2 pb-6 sm:grid-cols-2">
        {KEYS.map(([title, rows]) => (
          <section key={title}>
            <h3 className="pb-1.5 text-13 font-medium text-muted">{title}</h3>
            <dl>
              {rows.map(([keys, words]) => (
                <div key={words} className="flex h-8 items-center justify-between gap-4">
                  <dt>{words}</dt>
                  <dd className="flex gap-1">
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
