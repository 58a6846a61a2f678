/** The toast for a reminder that is due while the page is open. */
'use client'

import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { BellRing } from 'lucide-react'
import { toast } from '@/components/ui/toast'
import type { Notification } from '@/api/types'
import { lateWords } from '@/lib/words'
import { answer } from './actions'
import { AnswerButtons } from './answer-buttons'

export function showReminder(client: QueryClient, notification: Notification): void {
  const id = `reminder-${notification.id}`
  toast.custom(
    () => (
      <QueryClientProvider client={client}>
        <ReminderToast
          notification={notification}
          onDone={() => {
            toast.dismiss(id)
            void answer.done(client, notification)
          }}
          onSnooze={(until, label) => {
            toast.dismiss(id)
            void answer.snooze(client, notification, until, label)
          }}
        />
      </QueryClientProvider>
    ),
    { id, duration: 30_000 },
  )
}

function ReminderToast({
  notification,
  onDone,
  onSnooze,
}: {
  notification: Notification
  onDone: () => void
  onSnooze: (until: Date, label: string) => void
}) {
  const late = lateWords(notification.late_seconds)
  return (
    <div
      role="alert"
      className="flex w-[356px] max-w-[calc(100vw-24px)] gap-3 rounded-sheet border border-line bg-raised p-3.5 text-ink shadow-float"
    >
      <span className="flex size-8 shrink-0 items-center justify-center rounded-full bg-amber-soft text-amber">
        <BellRing aria-hidden className="size-4" strokeWidth={1.75} />
      </span>
      <div className="min-w-0 flex-1">
        <p dir="auto" className="line-clamp-2 font-medium">
          {notification.title}
        </p>
        <p className="text-13 text-muted">
          {notification.body}
          {late && ` · ${late}`}
        </p>
        <div className="mt-2">
          <AnswerButtons onDone={onDone} onSnooze={onSnooze} />
        </div>
      </div>
    </div>
  )
}
