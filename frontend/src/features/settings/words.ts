import { lengthWords } from '@/lib/duration'

/** When a channel sends. Without a wait between the steps, all channels send right away. */
export function orderWords(step: number, wait: number | null): string {
  return step && wait ? `After ${lengthWords(step * wait)} if you do not react` : 'Right away'
}

/** "Every hour", "Every 10 minutes". */
export function everyWords(minutes: number): string {
  const length = lengthWords(minutes)
  const unit = /^1 (\w+)$/.exec(length)?.[1]
  return `Every ${unit ?? length}`
}
