/** The frame of the pages beside the lists: the name of the product, a heading, and a card of content below it. */
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

export function AuthFrame({
  title,
  about,
  wide = false,
  children,
}: {
  title: ReactNode
  about?: ReactNode
  wide?: boolean
  children: ReactNode
}) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-5 py-10">
      <div className={cn('w-full', wide ? 'max-w-104' : 'max-w-88')}>
        <div className="mb-8 flex items-center gap-2.5">
          <span className="flex size-9 items-center justify-center rounded-[10px] bg-accent text-on-accent">
            <Check aria-hidden className="size-5" strokeWidth={2.5} />
          </span>
          <span className="text-20 font-semibold tracking-tight">Todo</span>
        </div>
        <h1 className="text-28 font-[680] tracking-[-0.02em] text-balance wrap-anywhere">
          {title}
        </h1>
        {about && <p className="mt-1 mb-7 text-14 text-balance text-muted">{about}</p>}
        {children}
      </div>
    </main>
  )
}

export const linkLook =
  'inline-flex items-center font-medium text-accent underline-offset-2 hover:underline max-sm:min-h-11'
