/** The assistant, as a page of its own. */
import type { Metadata } from 'next'
import { AssistantPage } from '@/features/assistant/view/assistant-page'

export const metadata: Metadata = { title: 'Assistant' }

export default function Assistant() {
  return <AssistantPage />
}
