import type { Task } from '@/api/types'

/** A task for tests. Each test names only the fields it is about. */
export function aTask(change: Partial<Task> = {}): Task {
  return {
    id: 1,
    title: 'Water plants',
    description: null,
    completed: false,
    completed_at: null,
    status: 'open',
    due_date: null,
    start_date: null,
    all_day: false,
    timezone: 'Europe/Berlin',
    recurrence: null,
    recurrence_text: null,
    recurrence_mode: 'from_due',
    reminders: null,
    priority: 0,
    tags: [],
    project_id: null,
    position: null,
    series_id: null,
    occurrence: null,
    version: 1,
    created_at: '2026-11-20T08:00:00Z',
    updated_at: '2026-11-20T08:00:00Z',
    deleted_at: null,
    ...change,
  }
}
