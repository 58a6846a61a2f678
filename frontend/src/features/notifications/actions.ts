/** The answers to a reminder, for the bell and for the toast. */
'use client'

import type { QueryClient } from '@tanstack/react-query'
import { toast } from '@/components/ui/toast'
import { details } from '@/api/details'
import { sentence } from '@/api/problem'
import type { Notification, NotificationPage } from '@/api/types'
import { keys, refetch } from '@/session/query-keys'
import { allSaved } from '@/features/tasks/state/rows'

function patch(client: QueryClient, id: Notification['id'], change: Partial<Notification>): void {
  client.setQueryData<NotificationPage>(keys.notifications, (page) => {
    if (!page) return page
    const items = page.items.map((item) => (item.id === id ? { ...item, ...change } : item))
    const was = page.items.find((item) => item.id === id)
    const fewer = was && !was.read_at && change.read_at ? 1 : 0
    return { ...page, items, unread: Math.max(0, page.unread - fewer) }
  })
}

async function settle(client: QueryClient, work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    toast.error(sentence(error))
    return false
  } finally {
    void refetch(client, keys.notifications)
    if (allSaved()) void refetch(client, keys.all)
  }
}

export const answer = {
  read(client: QueryClient, notification: Notification): void {
    patch(client, notification.id, { read_at: new Date().toISOString() })
    void settle(client, details.readNotification(notification.id))
  },
  async done(client: QueryClient, notification: Notification): Promise<void> {
    const at = new Date().toISOString()
    patch(client, notification.id, { read_at: at, acknowledged_at: at })
    if (await settle(client, details.doneNotification(notification.id))) toast('Done.')
  },
  async snooze(client: QueryClient, notification: Notification, until: Date, label: string) {
    const at = new Date().toISOString()
    patch(client, notification.id, { read_at: at, acknowledged_at: at })
    const sent = details.snoozeNotification(notification.id, until.toISOString())
    if (await settle(client, sent)) toast(`Snoozed: ${label.toLowerCase()}.`)
  },
  async readAll(client: QueryClient, notifications: Notification[]): Promise<void> {
    const at = new Date().toISOString()
    for (const { id } of notifications) patch(client, id, { read_at: at })
    await settle(client, details.readAllNotifications())
  },
}
