/** The dialogs of projects, which the navigation and the pages open. */
'use client'

import type { Project } from '@/api/types'
import { createStore } from '@/lib/store'

/** The form for a new project, or for this one. */
export const projectForm = createStore<Project | 'new' | null>(null)

/** The project that is about to be deleted. */
export const deleting = createStore<Project | null>(null)
