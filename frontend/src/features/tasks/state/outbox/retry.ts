/** When to try again after a failure: soon at first, then with growing pauses. */

/** So many failures are not shown: most end within a second. */
const QUIET_TRIES = 3
const LONGEST_PAUSE = 30_000

export class Retry {
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly run: () => void) {}

  /** Starts the pause. Returns whether the failure should be shown. */
  later(): boolean {
    this.failures += 1
    this.stop()
    this.timer = setTimeout(this.run, Math.min(LONGEST_PAUSE, 150 * 2 ** this.failures))
    return this.failures > QUIET_TRIES
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  /** It has worked, or a person asks for it. */
  reset(): void {
    this.failures = 0
  }
}
