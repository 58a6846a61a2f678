/** Joins class names. Of two Tailwind classes for the same property, the later one wins. */
import { clsx, type ClassValue } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

const merge = extendTailwindMerge({
  extend: { classGroups: { 'font-size': [{ text: ['13', '14', '15', '16', '20', '28'] }] } },
})

export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes))
}
