/** A dialog: in the middle of a desktop, at the bottom of a phone within the thumb's reach. */
'use client'

import { X } from 'lucide-react'
import { Dialog as RadixDialog, DropdownMenu, Popover as RadixPopover } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { IconButton } from './button'

interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: string
  hideTitle?: boolean
  children: ReactNode
  className?: string
  onOpenAutoFocus?: (event: Event) => void
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  hideTitle,
  children,
  className,
  onOpenAutoFocus,
}: DialogProps) {
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-fade bg-veil" />
        <RadixDialog.Content
          onOpenAutoFocus={onOpenAutoFocus}
          aria-describedby={description ? undefined : ''}
          className={cn(
            'fixed z-50 flex flex-col bg-raised text-ink shadow-float outline-none',
            'max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[92dvh] max-sm:animate-sheet max-sm:rounded-t-sheet max-sm:pb-[env(safe-area-inset-bottom)]',
            'sm:top-[12vh] sm:left-1/2 sm:max-h-[80vh] sm:w-[calc(100vw-48px)] sm:max-w-120 sm:-translate-x-1/2 sm:animate-fade sm:rounded-sheet',
            className,
          )}
        >
          <div
            className={cn(
              'flex items-center justify-between gap-3 pt-4 pr-3 pb-1 pl-5',
              hideTitle && 'sr-only',
            )}
          >
            <RadixDialog.Title className="text-16 font-semibold">{title}</RadixDialog.Title>
            <RadixDialog.Close asChild>
              <IconButton label="Close">
                <X className="size-4" strokeWidth={1.5} aria-hidden />
              </IconButton>
            </RadixDialog.Close>
          </div>
          {description && (
            <RadixDialog.Description className="px-5 text-13 text-muted">
              {description}
            </RadixDialog.Description>
          )}
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

export function Popover({
  trigger,
  children,
  open,
  onOpenChange,
  className,
  ...rest
}: {
  trigger: ReactNode
  open?: boolean
  onOpenChange?: (open: boolean) => void
} & Omit<ComponentProps<typeof RadixPopover.Content>, 'asChild'>) {
  return (
    <RadixPopover.Root open={open} onOpenChange={onOpenChange}>
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          {...rest}
          className={cn(
            'z-50 max-h-[var(--radix-popover-content-available-height)] max-w-[calc(100vw-16px)] animate-rise overflow-y-auto rounded-sheet border border-line bg-raised text-ink shadow-float outline-none',
            className,
          )}
        >
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  )
}

export function Menu({
  trigger,
  children,
  align = 'end',
  open,
  onOpenChange,
}: {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
  open?: boolean
  onOpenChange?: (open: boolean) => void
}) {
  return (
    <DropdownMenu.Root open={open} onOpenChange={onOpenChange}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-48 animate-rise overflow-y-auto rounded-sheet border border-line bg-raised p-1 text-ink shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  icon,
  hint,
  danger,
  children,
  ...rest
}: { icon?: ReactNode; hint?: ReactNode; danger?: boolean } & ComponentProps<
  typeof DropdownMenu.Item
>) {
  return (
    <DropdownMenu.Item
      {...rest}
      className={cn(
        'flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-14 outline-none data-[highlighted]:bg-hover max-sm:h-11',
        danger && 'text-red data-[highlighted]:bg-red-soft',
      )}
    >
      <span className={cn('flex size-4 items-center', danger ? 'text-red' : 'text-muted')}>
        {icon}
      </span>
      <span className="flex-1">{children}</span>
      {hint && <span className="text-13 text-muted tabular">{hint}</span>}
    </DropdownMenu.Item>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className="mx-1 my-1 h-px bg-line" />
}
