import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

/** One value of a list, with a button that removes it. `className` sets the colours. */
export function RemovableChip({
  icon,
  removeLabel,
  onRemove,
  className,
  children,
}: {
  icon?: ReactNode
  /** The accessible name of the button, and its tooltip. */
  removeLabel: string
  onRemove: () => void
  className?: string
  children: ReactNode
}) {
  return (
    <span
      className={cn(
        'inline-flex h-7 items-center gap-1.5 rounded-full bg-hover pl-3 text-13 font-medium text-soft max-sm:h-11',
        icon && 'pl-2.5',
        className,
      )}
    >
      {icon && (
        <span aria-hidden className="[&>svg]:size-3.5 [&>svg]:stroke-[1.75]">
          {icon}
        </span>
      )}
      {children}
      <button
        type="button"
        aria-label={removeLabel}
        title={removeLabel}
        onClick={onRemove}
        className="-ml-1.5 flex h-full w-7 items-center justify-center rounded-full opacity-70 hover:opacity-100 max-sm:w-11"
      >
        <X aria-hidden className="size-3.5" strokeWidth={1.75} />
      </button>
    </span>
  )
}
