/** Shown when the layout of the page could not be rendered. */
'use client'

import { Button } from '@/components/ui/button'

export default function RootError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-100 flex-col items-start justify-center gap-3 px-6">
      <h1 className="text-20 font-semibold">The server cannot be reached</h1>
      <p className="text-muted">
        It may be restarting. Your tasks are safe; try again in a moment.
      </p>
      <Button look="primary" onClick={reset}>
        Try again
      </Button>
    </main>
  )
}
