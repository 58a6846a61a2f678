/** The page of the link that confirms an address: /confirm#SECRET. */
import type { Metadata } from 'next'
import { ConfirmPage } from '@/features/accounts/confirm-page'

export const metadata: Metadata = { title: 'Confirm your address', referrer: 'no-referrer' }

export default function Confirm() {
  return <ConfirmPage />
}
