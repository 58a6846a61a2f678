/** The page for an unknown address. */
import { Check } from 'lucide-react'
import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-98 flex-col items-start justify-center px-5 pb-16">
      <span className="mb-8 flex size-9 items-center justify-center rounded-[10px] bg-accent text-on-accent">
        <Check aria-hidden className="size-5" strokeWidth={2.5} />
      </span>
      <h1 className="text-28 font-[680] tracking-[-0.02em]">Page not found</h1>
      <p className="mt-1 mb-7 text-balance text-muted">
        There is no page at this address. Your tasks are safe.
      </p>
      <Link
        href="/"
        className="inline-flex h-11 items-center rounded-control bg-accent px-4 font-semibold text-on-accent hover:bg-accent-strong"
      >
        Go to Today
      </Link>
    </main>
  )
}
