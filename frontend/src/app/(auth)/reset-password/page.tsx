/** The page of the link in the mail: /reset-password#SECRET. */
import type { Metadata } from 'next'
import { ResetPage } from '@/features/accounts/reset-page'

export const metadata: Metadata = { title: 'Set a new password', referrer: 'no-referrer' }

export default function ResetPassword() {
  return <ResetPage />
}
