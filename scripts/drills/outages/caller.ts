// Requests of the drill's clients, and what no answer may be whatever is down: of another owner, late, or a refusal without
// a reason.
import { performance } from 'node:perf_hooks'
import type { Ledger, Owner } from './ledger.ts'
import type { Instance, Stack } from './stack.ts'

/** Milliseconds: the service's own limit (REQUEST_TIMEOUT is 30 s) and what it takes to say that it is over. */
export const HANGS_AFTER = 33_000

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: FormData | object
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** `performance.now()` when it was asked for. */
  readonly sentAt: number
}

export interface Counts {
  requests: number
  /** Answers of 5xx, and connections that broke or were refused. */
  refused: number
  broken: number
}

export interface Caller {
  readonly counts: Counts
  readonly failures: string[]
  /** undefined: the connection broke, or there was none. */
  send(owner: Owner, instance: Instance, call: Call): Promise<Answer | undefined>
  /** The response as soon as its head has come; the caller reads it, and tells what became of that. */
  open(owner: Owner, instance: Instance, call: Call, signal: AbortSignal): Promise<Response | undefined>
  /** Counts a connection that broke while it was read. @throws what is no such thing */
  broke(error: unknown, what: string, sentAt: number): void
  /** Looks through what came for this owner for what is of others. */
  inspect(owner: Owner, text: string, what: string): void
}

export function createCaller(stack: Stack, ledger: Ledger): Caller {
  const counts = { requests: 0, refused: 0, broken: 0 }
  const failures: string[] = []

  function broke(error: unknown, what: string, sentAt: number): void {
    counts.broken += 1
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      failures.push(`${what}: no answer after ${Math.round(performance.now() - sentAt)} ms`)
    } else if (!(error instanceof TypeError)) throw error
    else if (stack.isQuietSince(sentAt)) failures.push(`${what}: the connection broke while nothing was down`)
  }

  async function open(
    owner: Owner,
    instance: Instance,
    call: Call,
    signal: AbortSignal,
  ): Promise<Response | undefined> {
    const { method, path, body, headers } = call
    const isForm = body instanceof FormData
    counts.requests += 1
    const sentAt = performance.now()
    const what = `${method} ${path} (${owner.name})`
    try {
      const response = await fetch(instance.url + path, {
        method,
        headers: {
          authorization: `Bearer ${owner.token}`,
          ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
        signal,
      })
      if (response.status >= 500) {
        counts.refused += 1
        if (stack.isQuietSince(sentAt)) {
          failures.push(`${what}: ${response.status} while nothing was down: ${await response.clone().text()}`)
        }
      }
      return response
    } catch (error) {
      broke(error, what, sentAt)
      return undefined
    }
  }

  function inspect(owner: Owner, text: string, what: string): void {
    const found = ledger.foreign(owner, text)
    if (found !== undefined) failures.push(`${what} (${owner.name}) shows ${found}: ${text.slice(0, 300)}`)
  }

  return {
    counts,
    failures,
    open,
    broke,
    inspect,
    async send(owner, instance, call) {
      const sentAt = performance.now()
      const what = `${call.method} ${call.path}`
      const response = await open(owner, instance, call, AbortSignal.timeout(HANGS_AFTER))
      if (response === undefined) return undefined
      let text: string
      try {
        text = await response.text()
      } catch (error) {
        broke(error, `${what} (${owner.name})`, sentAt)
        return undefined
      }
      inspect(owner, text, what)
      return { status: response.status, body: JSON.parse(text) as unknown, sentAt }
    },
  }
}
