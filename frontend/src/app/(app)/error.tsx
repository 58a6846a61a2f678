/** Shown instead of a page whose data could not be loaded. */
'use client'

import { CloudAlert } from 'lucide-react'
import { Empty } from '@/components/ui/primitives'
import { Button } from '@/components/ui/button'

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <div className="pt-10">
      <Empty
        icon={<CloudAlert className="size-5" strokeWidth={1.5} />}
        title="This page could not be loaded"
      >
        <p className="pb-4">The server may be restarting. Your tasks are safe.</p>
        <Button look="primary" onClick={reset}>
          Try again
        </Button>
      </Empty>
    </div>
  )
}
