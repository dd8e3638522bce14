// Load on a server from a few clients over kept connections (an undici pool, one request at a time on each): a closed
// loop, in which a client asks again once it has its answer. What is told is thus the latency at that many requests under
// way, not at a rate that goes on while the server is late.
import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'
import { cpuSeconds } from './cpu-time.ts'

export interface Load {
  /** Milliseconds of each request, until the last byte of its answer. */
  readonly times: readonly number[]
  readonly seconds: number
  /** Of an answer's body, on average. */
  readonly bytes: number
  /** CPU time of a request in milliseconds: of this process, and of each kind of thread of the server. */
  readonly clientCpu: number
  readonly serverCpu: Readonly<Record<string, number>>
}

export interface LoadOptions {
  readonly url: string
  readonly path: string
  /** JSON, sent in turn. */
  readonly bodies: readonly string[]
  readonly clients: number
  readonly seconds: number
  /** Whose CPU time is told; its threads too. */
  readonly pid: number
}

/** Throws at the first answer that is not a 200. */
export async function load({ url, path, bodies, clients, seconds, pid }: LoadOptions): Promise<Load> {
  const pool = new Pool(url, { connections: clients, pipelining: 1 })
  const times: number[] = []
  let bytes = 0
  let next = 0
  const ask = (): Promise<number> => post(pool, path, bodies[next++ % bodies.length] ?? '')
  try {
    // Each connection is there, and what is compiled at its first use is.
    await Promise.all(Array.from({ length: clients }, ask))
    const cpu = process.cpuUsage()
    const before = cpuSeconds(pid)
    const began = performance.now()
    const end = began + seconds * 1000
    const client = async (): Promise<void> => {
      while (performance.now() < end) {
        const sent = performance.now()
        const got = await ask()
        times.push(performance.now() - sent)
        bytes += got
      }
    }
    await Promise.all(Array.from({ length: clients }, client))
    const took = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const after = cpuSeconds(pid)
    const serverCpu = [...after].map(([name, spent]) => [
      name,
      ((spent - (before.get(name) ?? 0)) * 1000) / times.length,
    ])
    return {
      times,
      seconds: took,
      bytes: bytes / times.length,
      clientCpu: (user + system) / 1000 / times.length,
      serverCpu: Object.fromEntries(serverCpu) as Record<string, number>,
    }
  } finally {
    await pool.close()
  }
}

/** Each body once, in order, so that what may be kept of it is; gives the answers. */
export async function askEach(url: string, path: string, bodies: readonly string[]): Promise<unknown[]> {
  const pool = new Pool(url, { connections: 1 })
  const answers: unknown[] = []
  try {
    for (const body of bodies) {
      const { statusCode, body: answer } = await pool.request({ path, method: 'POST', headers: JSON_BODY, body })
      if (statusCode !== 200) throw new Error(`${url}${path} answered ${statusCode}: ${await answer.text()}`)
      answers.push(await answer.json())
    }
  } finally {
    await pool.close()
  }
  return answers
}

const JSON_BODY = { 'content-type': 'application/json' }

/** Gives the bytes of the answer's body, which is read to its end and dropped: the client should cost little. */
function post(pool: Pool, path: string, body: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let status = 0
  let bytes = 0
  pool.dispatch(
    { path, method: 'POST', headers: JSON_BODY, body },
    {
      // undici asks for it, and there is nothing to do.
      onRequestStart: () => undefined,
      onResponseStart: (_controller, code) => {
        status = code
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length
      },
      onResponseEnd: () => {
        if (status === 200) resolve(bytes)
        else reject(new Error(`${path} answered ${status}`))
      },
      onResponseError: (_controller, error) => reject(error),
    },
  )
  return promise
}
