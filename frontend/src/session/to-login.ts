/** Goes to the login when the session has ended. Typed text and changes stay in this browser. */
import { Problem } from '@/api/problem'

export function toLogin(): void {
  const back = location.pathname + location.search
  location.assign(back === '/' ? '/login' : `/login?next=${encodeURIComponent(back)}`)
}

export function toLoginIfSignedOut(error: unknown): void {
  if (error instanceof Problem && error.status === 401) toLogin()
}
