'use client'

import { rememberPushOwner } from '@/lib/push'

/** Subscribes this browser to web push, and returns the subscription in the server's form. */
export async function subscribe(
  publicKey: string,
  person: string,
): Promise<Record<string, unknown>> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window))
    throw new Error('This browser cannot receive push messages.')
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error(
      'Notifications are blocked for this site; allow them in the browser’s settings.',
    )
  const worker = await navigator.serviceWorker.register('/sw.js')
  await navigator.serviceWorker.ready
  const old = await worker.pushManager.getSubscription()
  // A subscription made with another server's key does not receive messages from this server.
  if (old) await old.unsubscribe()
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  })
  rememberPushOwner(person)
  const { endpoint, keys } = subscription.toJSON()
  return { endpoint, keys }
}
