/** Parts of a list that most visits do not show. */
'use client'

import dynamic from 'next/dynamic'

export const EmptyList = dynamic(() => import('./empty-list').then((file) => file.EmptyList))
export const ListError = dynamic(() => import('./empty-list').then((file) => file.ListError))
