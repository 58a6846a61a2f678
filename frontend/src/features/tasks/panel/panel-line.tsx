/** The layout of one property in the panel. It knows nothing of tasks. */
'use client'

import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/lib/cn'

/** One property of the task: its icon and its value. */
export function PanelLine({
  icon,
  label,
  tall,
  error,
  children,
}: {
  icon: ReactNode
  label: string
  /** The value may take several rows. */
  tall?: boolean
  /** Why the server refused the last change of this property. */
  error?: string
  children: ReactNode
}) {
  return (
    <div
      role="group"
      aria-label={label}
      className={cn('flex min-h-10 gap-3 max-sm:min-h-13', tall ? 'py-1.5' : 'items-center')}
    >
      <span
        aria-hidden
        title={label}
        className={cn(
          'flex w-[18px] shrink-0 justify-center text-muted [&>svg]:size-4 [&>svg]:stroke-[1.5]',
          tall && 'pt-1.5 max-sm:pt-3.5',
        )}
      >
        {icon}
      </span>
      <div className="min-w-0 flex-1">
        {children}
        {error && (
          <p role="alert" className="pb-1 text-13 text-red">
            {error}
          </p>
        )}
      </div>
    </div>
  )
}

/** A value that opens a menu, popover or dialog. */
export function ValueButton(props: ComponentProps<'button'>) {
  return (
    <button
      type="button"
      {...props}
      className="-mx-2 flex min-h-8 max-w-full items-center gap-2 rounded-control px-2 text-left transition-colors duration-150 hover:bg-hover aria-expanded:bg-hover max-sm:min-h-11"
    />
  )
}
