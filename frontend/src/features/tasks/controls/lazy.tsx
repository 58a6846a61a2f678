'use client'

import dynamic from 'next/dynamic'

/** What most visits never open: the calendar, the recurrence editor, the corrections of what was typed. */

export const WhenPicker = dynamic(() => import('./when-picker').then((file) => file.WhenPicker), {
  ssr: false,
  loading: () => <div className="h-[430px] w-full sm:w-[282px]" />,
})

export const RecurrenceDialog = dynamic(
  () => import('@/features/recurrence/editor').then((file) => file.RecurrenceDialog),
  { ssr: false },
)

export const Understood = dynamic(
  () => import('../quick-add/parsed-preview').then((file) => file.Understood),
  {
    ssr: false,
  },
)
