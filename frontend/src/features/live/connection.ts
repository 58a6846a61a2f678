import { Problem } from '@/api/problem'
import { backoff, readMessage, type LiveMessage } from './messages'

/** The server pings every 20 s. After twice that time without a message the connection is dead. */
const SILENCE = 45_000
/** A connection that opens has to send its first message within this time. */
const FIRST_MESSAGE = 8_000
/** Shorter interruptions are not shown. */
const DELAYED_AFTER = 4_000

interface Options {
  /** A single-use ticket for the next connection. */
  ticket: () => Promise<{ ticket: string }>
  /** The cursor to catch up from, or null at first. */
  since: () => string | null
  onMessage: (message: LiveMessage) => void
  onSignedOut: () => void
  /** Live updates have been away for more than a moment. */
  onDelayed: () => void
}

type Timer = ReturnType<typeof setTimeout>

/** Keeps one WebSocket to the server open. It reconnects with growing pauses, and at once when the window is shown. */
export class LiveConnection {
  private socket: WebSocket | null = null
  private stopped = false
  private attempt = 0
  private retryTimer: Timer | undefined
  private silenceTimer: Timer | undefined
  private delayedTimer: Timer | undefined

  constructor(private readonly options: Options) {}

  start(): void {
    void this.connect()
    window.addEventListener('online', this.connectNow)
    window.addEventListener('offline', this.close)
    document.addEventListener('visibilitychange', this.connectNow)
  }

  stop(): void {
    this.stopped = true
    for (const timer of [this.retryTimer, this.silenceTimer, this.delayedTimer]) clearTimeout(timer)
    window.removeEventListener('online', this.connectNow)
    window.removeEventListener('offline', this.close)
    document.removeEventListener('visibilitychange', this.connectNow)
    if (this.socket) this.socket.onclose = null
    this.close()
  }

  private readonly close = (): void => this.socket?.close()

  private readonly connectNow = (): void => {
    if (this.socket || document.visibilityState === 'hidden') return
    this.attempt = 0
    clearTimeout(this.retryTimer)
    void this.connect()
  }

  private async connect(): Promise<void> {
    if (this.stopped || this.socket || !navigator.onLine) return
    let ticket: string
    try {
      ticket = (await this.options.ticket()).ticket
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return this.options.onSignedOut()
      return this.connectLater()
    }
    if (this.stopped || this.socket) return
    this.socket = new WebSocket(socketUrl(ticket, this.options.since()))
    this.closeUnlessHeard(FIRST_MESSAGE)
    this.socket.onmessage = ({ data }) => this.receive(data)
    this.socket.onclose = () => {
      clearTimeout(this.silenceTimer)
      this.socket = null
      this.connectLater()
    }
  }

  private receive(data: unknown): void {
    this.closeUnlessHeard(SILENCE)
    const message = readMessage(data)
    if (!message) return
    if (message.type === 'hello') {
      this.attempt = 0
      clearTimeout(this.delayedTimer)
      this.delayedTimer = undefined
    }
    this.options.onMessage(message)
  }

  private connectLater(): void {
    if (this.stopped) return
    clearTimeout(this.retryTimer)
    const pause = backoff(this.attempt++, Math.random())
    this.retryTimer = setTimeout(() => void this.connect(), pause)
    this.delayedTimer ??= setTimeout(this.options.onDelayed, DELAYED_AFTER)
  }

  private closeUnlessHeard(within: number): void {
    clearTimeout(this.silenceTimer)
    this.silenceTimer = setTimeout(this.close, within)
  }
}

function socketUrl(ticket: string, since: string | null): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const query = new URLSearchParams(since ? { ticket, since } : { ticket })
  return `${scheme}://${location.host}/ws?${query}`
}
