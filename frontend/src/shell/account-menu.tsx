/** The account menu. It is loaded on the first click, so it starts open. */
'use client'

import { LogOut } from 'lucide-react'
import { useState } from 'react'
import type { Me } from '@/api/types'
import { Menu, MenuItem, MenuLine } from '@/components/ui/layers'
import { useLogout } from '@/session/logout'
import { AccountButton } from './account-button'

export function AccountMenu({ me }: { me: Me }) {
  const [open, setOpen] = useState(true)
  const logout = useLogout()
  return (
    <Menu align="start" open={open} onOpenChange={setOpen} trigger={<AccountButton me={me} />}>
      <p className="max-w-60 truncate px-2.5 pt-2 pb-1.5 text-13 text-muted">{me.email}</p>
      <MenuLine />
      <MenuItem icon={<LogOut className="size-4" strokeWidth={1.5} />} onSelect={logout}>
        Log out
      </MenuItem>
    </Menu>
  )
}
