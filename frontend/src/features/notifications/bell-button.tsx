/** The button of the bell, with the number of unread notifications. */
import { Bell as BellIcon } from 'lucide-react'
import type { ComponentProps } from 'react'

export function BellButton({ unread, ...rest }: { unread: number } & ComponentProps<'button'>) {
  return (
    <button
      type="button"
      aria-label={unread ? `Notifications, ${unread} unread` : 'Notifications'}
      title="Notifications"
      data-testid="bell"
      {...rest}
      className="relative inline-flex size-11 items-center justify-center rounded-control text-muted transition-colors duration-150 hover:bg-hover hover:text-ink aria-expanded:bg-hover sm:size-8"
    >
      <BellIcon aria-hidden className="size-[18px]" strokeWidth={1.75} />
      {unread > 0 && (
        <span className="absolute top-0.5 right-0 flex h-4 min-w-4 items-center justify-center rounded-full bg-red px-1 text-[10px] font-bold text-ground tabular max-sm:top-1.5 max-sm:right-1.5">
          {unread > 99 ? '99+' : unread}
        </span>
      )}
    </button>
  )
}
