/** The list under the bell. It starts open, because the click on the bell loads it. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { BellOff } from 'lucide-react'
import { useState } from 'react'
import type { Notification, NotificationPage } from '@/api/types'
import { Empty } from '@/components/ui/primitives'
import { TextButton } from '@/components/ui/button'
import { Popover } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { useSelection } from '@/features/tasks/state/selection'
import { cn } from '@/lib/cn'
import { agoWords, lateWords } from '@/lib/words'
import { answer } from './actions'
import { AnswerButtons } from './answer-buttons'
import { BellButton } from './bell-button'

export function BellPopover({ page }: { page: NotificationPage }) {
  const client = useQueryClient()
  const [open, setOpen] = useState(true)
  const { unread, items } = page
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align="end"
      aria-label="Notifications"
      className="w-[380px]"
      trigger={<BellButton unread={unread} />}
    >
      <div className="flex h-11 items-center justify-between border-b pr-2 pl-4">
        <h2 className="font-semibold">Notifications</h2>
        {unread > 0 && (
          <TextButton
            onClick={() =>
              void answer.readAll(
                client,
                items.filter((item) => !item.read_at),
              )
            }
          >
            Mark all as read
          </TextButton>
        )}
      </div>
      {items.length === 0 ? (
        <Empty icon={<BellOff className="size-5" strokeWidth={1.5} />} title="No reminders yet">
          Reminders appear here when they are due, and go out through your channels.
        </Empty>
      ) : (
        <ul className="py-1">
          {items.map((item) => (
            <Item key={item.id} notification={item} onOpen={() => setOpen(false)} />
          ))}
        </ul>
      )}
    </Popover>
  )
}

function Item({ notification, onOpen }: { notification: Notification; onOpen: () => void }) {
  const client = useQueryClient()
  const selection = useSelection()
  const { now, zone } = useClock()
  const late = lateWords(notification.late_seconds)
  const unread = !notification.read_at
  return (
    <li className="relative px-4 py-2.5 hover:bg-hover/60">
      {unread && (
        <span
          aria-hidden
          className="absolute top-[17px] left-[5px] size-1.5 rounded-full bg-accent"
        />
      )}
      <button
        type="button"
        className="block w-full rounded text-left"
        onClick={() => {
          if (unread) answer.read(client, notification)
          if (notification.task_id) selection.open(notification.task_id)
          onOpen()
        }}
      >
        <span dir="auto" className={cn('line-clamp-2', unread ? 'font-semibold' : 'text-soft')}>
          {notification.title}
          {unread && <span className="sr-only"> (unread)</span>}
        </span>
        <span className="block text-13 text-muted">
          {[notification.body, agoWords(new Date(notification.created_at), now, zone), late]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </button>
      {!notification.acknowledged_at && (
        <div className="pt-0.5">
          <AnswerButtons
            onDone={() => void answer.done(client, notification)}
            onSnooze={(until, label) => void answer.snooze(client, notification, until, label)}
          />
        </div>
      )}
    </li>
  )
}
