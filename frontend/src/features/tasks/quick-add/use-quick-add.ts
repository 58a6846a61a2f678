/** The text of the add field, its parse, the corrections of it, and adding the task. */
'use client'

import {
  keepPreviousData,
  queryOptions,
  useQuery,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query'
import { usePathname } from 'next/navigation'
import { useEffect, useRef, useState, type RefObject } from 'react'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import type { Parsed, Project, TaskDraft } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { readDraft, useDebounced, useDraft, writeDraft } from '@/lib/hooks'
import { dateField, wallClock } from '@/lib/zoned'
import { useClock } from '@/session/clock'
import { useMe } from '@/session/me'
import { keys } from '@/session/query-keys'
import {
  beginAlike,
  draftFrom,
  isDayFirst,
  NO_CORRECTIONS,
  type Corrections,
} from '../model/quick-add'
import { useTaskActions } from '../state/actions'

/** A server that does not answer must not hold up the new task. */
const PARSE_WITHIN = 4_000

function parseQuery(words: string, zone: string) {
  return queryOptions({
    queryKey: [...keys.parses, words, zone],
    queryFn: () =>
      api.parse(words, zone, isDayFirst(navigator.language), AbortSignal.timeout(PARSE_WITHIN)),
    staleTime: 30_000,
    retry: false,
  })
}

export function useQuickAdd({
  startsToday,
  onAdded,
}: {
  startsToday?: boolean
  onAdded?: () => void
}) {
  const client = useQueryClient()
  const { zone, current } = useClock()
  const actions = useTaskActions()
  const draftKey = `${useMe().id}:quick-add` as const
  const [text, setText] = useDraft(draftKey)
  const [corrections, correct] = useState<Corrections>(NO_CORRECTIONS)
  const [refused, setRefused] = useState<{ text: string; why: string } | null>(null)
  const parsed = useParsed(text, zone)
  const path = usePathname()
  const mounted = useMounted()

  const type = (next: string) => {
    setText(next)
    if (!next.trim()) correct(NO_CORRECTIONS)
  }

  const submit = async () => {
    if (!text.trim()) return
    const kept = corrections
    setText('')
    correct(NO_CORRECTIONS)
    // The draft stays until the task is stored.
    writeDraft(draftKey, text)
    onAdded?.()
    let fresh: Parsed | null = null
    try {
      // The text has usually been parsed already: then this answers from the cache.
      if (navigator.onLine) fresh = await client.fetchQuery(parseQuery(text, zone))
    } catch {
      // Without a parse the whole text becomes the title.
    }
    const draft = draftFrom(text, fresh, kept)
    // On the page of a project a task is added to it, unless the text names another one.
    if (draft.project_id === undefined) draft.project_id = projectOf(client, path)
    const keptUndated = kept.due !== undefined || kept.ignored.includes('due')
    if (startsToday && !draft.due_date && !draft.start_date && !keptUndated)
      dueToday(draft, current(), zone)
    const putBack = () => {
      if (!readDraft(draftKey)) setText(text)
    }
    const stored = await actions.create(draft, {
      onRefused: (problem) => {
        setRefused({ text, why: sentence(problem) })
        putBack()
        if (!mounted.current) toast.error(`“${draft.title}” was not added. ${sentence(problem)}`)
      },
    })
    if (readDraft(draftKey) === text) writeDraft(draftKey, '')
    if (!stored) putBack()
  }

  return {
    text,
    type,
    parsed,
    corrections,
    correct,
    submit,
    /** Why the server refused this text. */
    refusal: refused?.text === text ? refused.why : null,
  }
}

/** The project whose page this is, if it takes new tasks. */
function projectOf(client: QueryClient, path: string): number | undefined {
  const here = /^\/projects\/(\d+)$/.exec(path)
  const id = Number(here?.[1])
  const known = client.getQueryData<{ items: Project[] }>(keys.projects)?.items
  const open = !known || known.some((project) => project.id === id && !project.archived)
  return here && open ? id : undefined
}

/** False once the field has left the screen, so that it can show no refusal. */
function useMounted(): RefObject<boolean> {
  const mounted = useRef(false)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])
  return mounted
}

/** The parse of the text, or of its beginning while the answer for the rest is on its way. */
function useParsed(text: string, zone: string): Parsed | null {
  const settled = useDebounced(text.trim() ? text : '', 90)
  const { data } = useQuery({
    ...parseQuery(settled, zone),
    enabled: settled !== '',
    placeholderData: settled ? keepPreviousData : undefined,
  })
  return text.trim() && data && beginAlike(settled, text) ? data : null
}

function dueToday(draft: TaskDraft, now: Date, zone: string): void {
  draft.due_date = dateField(wallClock(now, zone))
  draft.all_day = true
  draft.timezone = zone
  draft.reminders = []
}
