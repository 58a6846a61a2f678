// Shows web push messages while no window is open. Nothing is cached: the page always comes from the server.
self.addEventListener('push', (event) => {
  const message = event.data ? event.data.json() : { title: 'Todo' }
  event.waitUntil(
    self.registration.showNotification(message.title, {
      body: message.body,
      tag: message.tag,
      icon: '/icon.svg',
      data: message,
      actions: [
        { action: 'done', title: 'Done' },
        { action: 'snooze', title: 'Snooze 1 hour' },
      ],
    }),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { url, done_url, snooze_url } = event.notification.data || {}
  const signed = { done: done_url, snooze: snooze_url }[event.action]
  event.waitUntil(signed ? answer(signed, url) : show(url || '/'))
})

/** Follows a signed link, which needs no login. If it fails, opens the page instead. */
async function answer(signed, url) {
  try {
    const response = await fetch(signed, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    if (!response.ok) throw new Error(String(response.status))
  } catch {
    await show(url || '/')
  }
}

async function show(url) {
  const windows = await self.clients.matchAll({ type: 'window' })
  const open = windows[0]
  if (!open) return self.clients.openWindow(url)
  await open.focus()
  return open.navigate(url)
}
