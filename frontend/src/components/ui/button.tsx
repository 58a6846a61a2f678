/** The buttons of the product: with a text, with an icon, and inside a line of text. */
import { Loader2 } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

const LOOK = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong font-semibold',
  secondary: 'border border-edge bg-surface text-ink hover:bg-hover font-medium',
  quiet: 'text-soft hover:bg-hover hover:text-ink font-medium',
  danger: 'text-red hover:bg-red-soft font-medium',
} as const

const SHAPE =
  'inline-flex h-9 items-center justify-center gap-2 rounded-control px-3 text-14 whitespace-nowrap transition-colors duration-150 disabled:opacity-55 max-sm:h-11 max-sm:px-4'

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOK
  busy?: boolean
}

export function Button({ look = 'secondary', busy, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled}
      aria-busy={busy || undefined}
      className={cn(SHAPE, LOOK[look], className)}
    >
      {busy && <Loader2 aria-hidden className="size-4 animate-spin" strokeWidth={1.75} />}
      {children}
    </button>
  )
}

interface LinkButtonProps extends ComponentProps<'a'> {
  look?: keyof typeof LOOK
}

/** A link that looks like a button. */
export function LinkButton({ look = 'secondary', className, ...rest }: LinkButtonProps) {
  return <a {...rest} className={cn(SHAPE, LOOK[look], className)} />
}

interface IconButtonProps extends ComponentProps<'button'> {
  /** The accessible name: an icon alone has none. */
  label: string
  shortcut?: string
}

export function IconButton({ label, shortcut, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      {...rest}
      className={cn(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-control text-muted transition-colors duration-150 hover:bg-hover hover:text-ink disabled:opacity-50 aria-expanded:bg-hover aria-expanded:text-ink max-sm:size-11',
        className,
      )}
    >
      {children}
    </button>
  )
}

const TONE = {
  muted: 'text-muted hover:bg-hover hover:text-ink',
  accent: 'text-accent hover:bg-accent-soft',
} as const

interface TextButtonProps extends ComponentProps<'button'> {
  tone?: keyof typeof TONE
}

/** A small action inside a line of text or a heading: no border, and a background only on hover. */
export function TextButton({ tone = 'muted', className, ...rest }: TextButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={cn(
        'inline-flex h-7 shrink-0 items-center gap-1 rounded-control px-2 text-13 font-medium whitespace-nowrap transition-colors duration-150 max-sm:h-11',
        TONE[tone],
        className,
      )}
    />
  )
}
