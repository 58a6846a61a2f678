/** Lists of entries in the settings, and a secret that can be copied. */
'use client'

import { Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, IconButton } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'

/** A list in a section of the settings, such as channels or tokens. */
export function Entries({ children }: { children: ReactNode }) {
  return <ul className="-my-2 flex flex-col">{children}</ul>
}

export function Entry({
  icon,
  name,
  about,
  more,
  children,
}: {
  icon: ReactNode
  name: string
  about: readonly (string | false | null | undefined)[]
  /** A second line, cut off where it does not fit. */
  more?: string | false
  children: ReactNode
}) {
  return (
    <li className="flex min-h-14 items-center gap-3 border-b py-2 last:border-b-0">
      <span
        aria-hidden
        className="flex size-8 shrink-0 items-center justify-center rounded-full bg-hover text-muted [&>svg]:size-4 [&>svg]:stroke-[1.5]"
      >
        {icon}
      </span>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{name}</p>
        <p className="line-clamp-2 text-13 break-words text-muted">
          {about.filter(Boolean).join(' · ')}
        </p>
        {more && <p className="truncate text-13 text-muted">{more}</p>}
      </div>
      {children}
    </li>
  )
}

/** Read-only text with a button that copies it. */
export function Copyable({ value, label }: { value: string; label: string }) {
  return (
    <div className="flex items-center gap-2 rounded-control bg-hover py-1.5 pr-1.5 pl-3">
      <code aria-label={label} className="min-w-0 flex-1 font-mono text-13 break-all">
        {value}
      </code>
      <IconButton
        label="Copy"
        onClick={() => void navigator.clipboard?.writeText(value).then(() => toast('Copied.'))}
      >
        <Copy aria-hidden className="size-4" strokeWidth={1.5} />
      </IconButton>
    </div>
  )
}

/** A new secret, which the server shows only once. */
export function ShownOnce({
  secret,
  children,
  onDone,
}: {
  secret: string
  children: ReactNode
  onDone: () => void
}) {
  return (
    <div className="flex flex-col gap-4 px-5 pt-2 pb-5">
      <p className="text-soft">{children} Copy it now; it is not shown again.</p>
      <Copyable value={secret} label="Secret" />
      <Button look="primary" className="self-end" onClick={onDone}>
        I have copied it
      </Button>
    </div>
  )
}
