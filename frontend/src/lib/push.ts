'use client'

const OWNER = 'todo:push:owner'

/** Notes whose reminders this browser shows. */
export function rememberPushOwner(person: string): void {
  try {
    localStorage.setItem(OWNER, person)
  } catch {
    // Without storage the next person to log in ends the subscription.
  }
}

/** Ends the push subscription of this browser, unless it belongs to `person`. */
export async function endPushOfOthers(person: string | null): Promise<void> {
  try {
    if (person !== null && localStorage.getItem(OWNER) === person) return
    const worker = await navigator.serviceWorker?.getRegistration()
    await (await worker?.pushManager?.getSubscription())?.unsubscribe()
    localStorage.removeItem(OWNER)
  } catch {
    // A browser that refuses storage or push has no subscription.
  }
}
