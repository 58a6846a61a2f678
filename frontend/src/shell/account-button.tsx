/** The button of the account menu: initial and name. */
import type { ComponentProps } from 'react'
import type { Me } from '@/api/types'

export function AccountButton({ me, ...rest }: { me: Me } & ComponentProps<'button'>) {
  const name = me.name || me.email
  return (
    <button
      type="button"
      title={me.email}
      {...rest}
      className="flex h-10 items-center gap-2.5 rounded-control px-2 text-left text-14 text-soft transition-colors duration-150 hover:bg-hover aria-expanded:bg-hover max-lg:w-10 max-lg:justify-center max-lg:px-0"
    >
      <span
        aria-hidden
        className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-[11px] font-semibold text-accent uppercase"
      >
        {name[0]}
      </span>
      <span className="min-w-0 flex-1 truncate max-lg:sr-only">{name}</span>
    </button>
  )
}
