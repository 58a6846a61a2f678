/** Form controls in one look, and a label with a hint or an error around them. */
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

export const inputLook =
  'h-9 w-full rounded-control border border-edge bg-surface px-3 text-14 text-ink transition-colors duration-150 hover:border-idle focus:border-accent focus:outline-none focus-visible:ring-2 focus-visible:ring-accent/25 aria-invalid:border-red disabled:opacity-60 max-sm:h-11 max-sm:text-16'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input {...rest} className={cn(inputLook, className)} />
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return (
    <select
      {...rest}
      className={cn(inputLook, 'select-arrow w-auto appearance-none pr-8', className)}
    />
  )
}

interface FieldProps {
  label: string
  hint?: ReactNode
  error?: string
  children: (props: { id: string; 'aria-invalid'?: true; 'aria-describedby'?: string }) => ReactNode
  className?: string
}

/** A label, a control, and below it a hint or an error. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={cn('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-13 font-medium text-soft">
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': note ? `${id}-note` : undefined,
      })}
      {note && (
        <p
          id={`${id}-note`}
          role={error ? 'alert' : undefined}
          className={cn('text-13', error ? 'text-red' : 'text-muted')}
        >
          {note}
        </p>
      )}
    </div>
  )
}
