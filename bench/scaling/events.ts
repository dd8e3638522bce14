// A discrete-event simulation: processes that use stations one after the other and wait in line for them.
import TinyQueue from 'tinyqueue'

/** Seconds of a processor that one thread has before another takes its turn. */
const QUANTUM = 0.003

/** Threads that do the same, or processors; each serves one at a time. */
export class Station {
  readonly name: string
  readonly servers: number
  /** The processors that its threads run on; undefined: there are always enough. */
  readonly cores: Station | undefined
  busy = 0
  /** Seconds of work done, by all of its servers. */
  worked = 0
  readonly #first: Waiting[] = []
  readonly #behind: Waiting[] = []

  constructor(name: string, servers: number, cores?: Station) {
    this.name = name
    this.servers = servers
    this.cores = cores
  }

  /** Work that others go before waits behind them, and may be left for them after each quantum. */
  wait(one: Waiting): void {
    const line = one.behind ? this.#behind : this.#first
    if (one.begun) line.unshift(one)
    else line.push(one)
  }

  get next(): Waiting | undefined {
    return this.busy < this.servers ? (this.#first.shift() ?? this.#behind.shift()) : undefined
  }
}

interface Waiting {
  readonly behind: boolean
  readonly begun: boolean
  readonly go: () => void
}

/** What a process does next: use a station, or let time pass. */
export type Step =
  | { readonly at: Station; readonly seconds: number; readonly behind?: boolean }
  | { readonly at?: undefined; readonly seconds: number }

export type Process = Generator<Step, void>

export class Simulation {
  now = 0
  readonly #events = new TinyQueue<{ readonly time: number; readonly order: number; readonly go: () => void }>(
    [],
    (a, b) => a.time - b.time || a.order - b.order,
  )
  #order = 0

  after(seconds: number, go: () => void): void {
    this.#events.push({ time: this.now + seconds, order: this.#order++, go })
  }

  start(process: Process): void {
    const { done, value: step } = process.next()
    if (done === true) return
    const next = (): void => this.start(process)
    if (step.at === undefined) this.after(step.seconds, next)
    else this.#use(step.at, step.seconds, step.behind ?? false, false, next)
  }

  run(until: number): void {
    for (let event = this.#events.pop(); event !== undefined; event = this.#events.pop()) {
      if (event.time > until) return
      this.now = event.time
      event.go()
    }
  }

  /** Holds a server for as long as it takes; work that waits behind others gives it up after each quantum. */
  #use(station: Station, seconds: number, behind: boolean, begun: boolean, done: () => void): void {
    const share = behind ? Math.min(seconds, QUANTUM) : seconds
    const over = (): void => {
      station.worked += share
      this.#leave(station)
      if (seconds > share) this.#use(station, seconds - share, behind, true, done)
      else done()
      this.#dispatch(station)
    }
    const go = (): void => {
      if (station.cores === undefined) this.after(share, over)
      else this.#compute(station.cores, share, over)
    }
    station.wait({ behind, begun, go })
    this.#dispatch(station)
  }

  /** On a processor, which all threads that want one share by turns. */
  #compute(cores: Station, seconds: number, done: () => void): void {
    const share = Math.min(seconds, QUANTUM)
    const over = (): void => {
      cores.worked += share
      this.#leave(cores)
      if (seconds > share) this.#compute(cores, seconds - share, done)
      else done()
      this.#dispatch(cores)
    }
    const go = (): void => this.after(share, over)
    cores.wait({ behind: false, begun: false, go })
    this.#dispatch(cores)
  }

  #leave(station: Station): void {
    station.busy--
  }

  #dispatch(station: Station): void {
    for (let next = station.next; next !== undefined; next = station.next) {
      station.busy++
      next.go()
    }
  }
}
