/** Small building blocks: keys, choices, chips, list skeletons, empty states. They know nothing of tasks. */
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-edge bg-surface px-1 font-sans text-[11px] font-medium text-muted">
      {children}
    </kbd>
  )
}

/** A row of choices, one of them selected. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange: (value: T) => void
  className?: string
}) {
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className={cn('inline-flex rounded-control bg-hover p-0.5', className)}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={value === option.value}
          onClick={() => onChange(option.value)}
          className={cn(
            'h-8 flex-1 rounded-md px-3 text-13 font-medium whitespace-nowrap text-muted transition-colors duration-150 hover:text-ink max-sm:h-11 max-sm:px-1.5',
            value === option.value && 'bg-chosen text-ink shadow-sm',
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}

export function Chip({
  selected,
  children,
  className,
  ...rest
}: React.ComponentProps<'button'> & { selected?: boolean }) {
  return (
    <button
      type="button"
      aria-pressed={selected}
      {...rest}
      className={cn(
        'inline-flex h-8 items-center gap-1.5 rounded-full border border-edge px-3 text-13 font-medium text-soft transition-colors duration-150 hover:bg-hover hover:text-ink max-sm:h-11 max-sm:px-4',
        selected &&
          'border-accent bg-accent-soft text-accent hover:bg-accent-soft hover:text-accent',
        className,
      )}
    >
      {children}
    </button>
  )
}

/** The shape of a list while it loads. It appears after 150 ms, so a quick answer shows no skeleton. */
export function ListSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="animate-late">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-13 items-center gap-3 sm:h-10">
          <div className="size-[18px] rounded-full bg-hover" />
          <div
            className="h-3.5 rounded bg-hover"
            style={{ width: `${[46, 62, 34, 55, 40, 50][row % 6]}%` }}
          />
          <div className="ml-auto h-3 w-16 rounded bg-hover" />
        </div>
      ))}
    </div>
  )
}

export function Empty({
  icon,
  title,
  children,
}: {
  icon: ReactNode
  title: string
  children?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-16 text-center">
      <div className="mb-2 flex size-12 items-center justify-center rounded-full bg-hover text-muted">
        {icon}
      </div>
      <p className="text-16 font-medium">{title}</p>
      {children && <div className="max-w-90 text-14 text-balance text-muted">{children}</div>}
    </div>
  )
}
