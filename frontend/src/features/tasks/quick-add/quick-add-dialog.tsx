/** The add field in a dialog, for phones and for pages without one. */
'use client'

import { Dialog } from '@/components/ui/layers'
import { quickAddOpen } from '../state/open-dialogs'
import { QuickAdd } from './quick-add'

export function QuickAddDialog() {
  const open = quickAddOpen.use()
  return (
    <Dialog open={open} onOpenChange={quickAddOpen.set} title="Add a task" className="sm:max-w-150">
      {/* The sheet keeps its height on a phone while parts are listed, so the field stays under the thumb. */}
      <div className="flex flex-col gap-3 px-5 pt-1 pb-5 max-sm:min-h-64">
        <QuickAdd autoFocus onAdded={() => quickAddOpen.set(false)} />
        <p className="mt-auto text-13 text-muted">
          You can type dates, times,{' '}
          <em className="not-italic text-soft">every month on the last day</em>,{' '}
          <em className="not-italic text-soft">remind 1 hour before</em>,{' '}
          <em className="not-italic text-soft">!high</em>,{' '}
          <em className="not-italic text-soft">#home</em> and{' '}
          <em className="not-italic text-soft">+Project</em>.
        </p>
      </div>
    </Dialog>
  )
}
