import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

/** A common date or time that is chosen with one tap. */
export function ShortcutButton({
  icon,
  label,
  hint,
  tint,
  onClick,
}: {
  icon: ReactNode
  label: string
  hint?: string
  tint: string
  onClick: () => void
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="flex h-9 items-center gap-2 rounded-control px-2 text-left hover:bg-hover max-sm:h-11"
    >
      <span className={cn('[&>svg]:size-4 [&>svg]:stroke-[1.75]', tint)}>{icon}</span>
      <span className="flex-1 whitespace-nowrap">{label}</span>
      {hint && <span className="text-13 whitespace-nowrap text-muted tabular">{hint}</span>}
    </button>
  )
}
