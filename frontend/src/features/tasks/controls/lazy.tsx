'use client'

import dynamic from 'next/dynamic'

/** Controls that most visits never open. Each is a chunk of its own. */

export const WhenPicker = dynamic(() => import('./when-picker').then((file) => file.WhenPicker), {
  ssr: false,
  loading: () => <div className="h-[430px] w-full sm:w-[282px]" />,
})

export const RecurrenceDialog = dynamic(
  () => import('@/features/recurrence/editor').then((file) => file.RecurrenceDialog),
  { ssr: false },
)
