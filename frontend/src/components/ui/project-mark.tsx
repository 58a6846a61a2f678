/** The mark of a project: its emoji, or a dot in its colour. */
import { cn } from '@/lib/cn'

export const DOT = {
  grey: 'bg-muted',
  red: 'bg-red',
  amber: 'bg-amber',
  green: 'bg-green',
  teal: 'bg-accent',
  blue: 'bg-blue',
  violet: 'bg-violet',
  pink: 'bg-pink',
} as const

export function ProjectMark({
  project: { colour, icon },
  className,
}: {
  project: { colour: keyof typeof DOT; icon: string | null }
  className?: string
}) {
  return (
    <span aria-hidden className={cn('flex size-4 shrink-0 items-center justify-center', className)}>
      {icon ? (
        <span className="text-13 leading-none">{icon}</span>
      ) : (
        <span className={cn('size-2 rounded-full', DOT[colour])} />
      )}
    </span>
  )
}
