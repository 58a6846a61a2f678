/** The frame of the consent page and of what it says when there is nothing to answer. */
import { Check } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'

export function ConnectFrame({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-5 py-10">
      <div className="w-full max-w-104">
        <div className="mb-8 flex items-center gap-2.5">
          <span className="flex size-9 items-center justify-center rounded-[10px] bg-accent text-on-accent">
            <Check aria-hidden className="size-5" strokeWidth={2.5} />
          </span>
          <span className="text-20 font-semibold tracking-tight">Todo</span>
        </div>
        <h1 className="text-28 font-[680] tracking-[-0.02em] text-balance wrap-anywhere">
          {title}
        </h1>
        {children}
      </div>
    </main>
  )
}

/** The request was answered before, has expired, or never existed. */
export function RequestGone() {
  return (
    <ConnectFrame title="Nothing to answer here">
      <p className="mt-1 mb-7 text-balance text-muted">
        This request was answered before or has expired. Start again from your assistant.
      </p>
      <Link
        href="/"
        className="inline-flex h-11 items-center rounded-control bg-accent px-4 font-semibold text-on-accent hover:bg-accent-strong"
      >
        Go to your tasks
      </Link>
    </ConnectFrame>
  )
}
