/** The rows in IndexedDB. Where that is forbidden or full, in memory, and the page says so. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { storageTrouble, type OutboxRow } from '../rows'

interface Schema extends DBSchema {
  rows: { key: string; value: OutboxRow; indexes: { user: string } }
}

/** A browser that does not answer must not hold up the typing. */
const OPEN_WITHIN = 3_000

export class OutboxStorage {
  private readonly database: Promise<IDBPDatabase<Schema> | null>
  /** The rows that the database did not take. */
  private memory: OutboxRow[] = []

  constructor(private readonly user: string) {
    this.database = open()
  }

  /** Changes the rows of the person, in order, in one transaction that no other window interrupts. Returns the new rows. */
  async change(map: (rows: OutboxRow[]) => OutboxRow[]): Promise<OutboxRow[]> {
    const database = await this.database
    if (database) {
      try {
        return await this.changeStored(database, map)
      } catch (error) {
        storageTrouble.set(troubleOf(error))
      }
    }
    const stored = database ? await readStored(database, this.user) : []
    const next = map(together(stored, this.memory))
    this.memory = next.filter((row) => !stored.includes(row))
    const removed = stored.filter((row) => !next.some(({ key }) => key === row.key))
    // Deleting needs no space: it works in a full storage.
    for (const { key } of removed) await database?.delete('rows', key).catch(() => undefined)
    return next
  }

  private async changeStored(
    database: IDBPDatabase<Schema>,
    map: (rows: OutboxRow[]) => OutboxRow[],
  ): Promise<OutboxRow[]> {
    const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
    const stored = await transaction.store.index('user').getAll(this.user)
    const before = together(stored, this.memory)
    const next = map(before)
    const kept = next.filter((row) => !stored.includes(row))
    const gone = before.filter((row) => !next.some(({ key }) => key === row.key))
    // The new rows first: where one is refused at once, the others are not deleted.
    await Promise.all([
      ...kept.map((row) => transaction.store.put(row)),
      ...gone.map(({ key }) => transaction.store.delete(key)),
      transaction.done,
    ])
    if (kept.length > 0) storageTrouble.set(null)
    this.memory = []
    return next
  }
}

function together(stored: OutboxRow[], memory: OutboxRow[]): OutboxRow[] {
  return [...stored.filter(({ key }) => !memory.some((row) => row.key === key)), ...memory].sort(
    (a, b) => a.seq - b.seq,
  )
}

async function readStored(database: IDBPDatabase<Schema>, user: string): Promise<OutboxRow[]> {
  return database.getAllFromIndex('rows', 'user', user).catch(() => [])
}

async function open(): Promise<IDBPDatabase<Schema> | null> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('timeout')), OPEN_WITHIN),
  )
  try {
    return await Promise.race([late, openRows()])
  } catch (error) {
    storageTrouble.set(troubleOf(error))
    return null
  }
}

async function openRows(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>('todo', 1, {
    upgrade: (database) => {
      database.createObjectStore('rows', { keyPath: 'key' }).createIndex('user', 'user')
    },
  })
}

function troubleOf(error: unknown): string {
  return error instanceof DOMException && error.name === 'QuotaExceededError'
    ? 'The storage of this browser is full.'
    : 'This browser does not store data for this page. This may be a private window.'
}
