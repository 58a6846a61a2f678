'use client'

import dynamic from 'next/dynamic'

/** What a first paint never shows: the calendar, the recurrence editor, the layers. Loaded right after it, or when asked for. */

export const WhenPicker = dynamic(() => import('./when-picker').then((file) => file.WhenPicker), {
  ssr: false,
  loading: () => <div className="h-[430px] w-full sm:w-[282px]" />,
})

export const RecurrenceDialog = dynamic(
  () => import('@/features/recurrence/editor').then((file) => file.RecurrenceDialog),
  { ssr: false },
)

export const TaskPanel = dynamic(() => import('./panel').then((file) => file.TaskPanel), {
  ssr: false,
})

export const MoveDialog = dynamic(() => import('./move-dialog').then((file) => file.MoveDialog), {
  ssr: false,
})

export const HelpDialog = dynamic(
  () => import('@/features/shell/help').then((file) => file.HelpDialog),
  { ssr: false },
)
