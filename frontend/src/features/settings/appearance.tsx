/** Settings: the theme, kept in a cookie of this browser. */
'use client'

import { useState } from 'react'
import { Segments } from '@/components/ui/primitives'
import { Row, Section } from './section'

export type Theme = 'system' | 'light' | 'dark'

export function Appearance({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial)
  const choose = (next: Theme) => {
    setTheme(next)
    const { dataset } = document.documentElement
    if (next === 'system') delete dataset.theme
    else dataset.theme = next
    // The server reads the cookie, so that the first paint already has the theme.
    const age = next === 'system' ? 0 : 31_536_000
    document.cookie = `todo_theme=${next}; path=/; max-age=${age}; samesite=lax`
  }
  return (
    <Section id="appearance" title="Appearance">
      <Row label="Theme">
        <Segments<Theme>
          label="Theme"
          className="flex"
          value={theme}
          onChange={choose}
          options={[
            { value: 'system', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
      </Row>
    </Section>
  )
}
