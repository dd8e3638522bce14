// Starts the real server as a person would, on a free port of 127.0.0.1 and over a data folder of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

export const root = join(import.meta.dirname, '..', '..')

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given')
  return address.port
}

export interface ServerOptions {
  readonly dataDir: string
  readonly port?: number
  /** The command; this checkout's sources by default. */
  readonly command?: readonly [program: string, ...args: string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds until `/health/ready` must answer 200. */
  readonly startLimit?: number
}

export interface RunningServer {
  readonly url: string
  readonly pid: number
  /** Milliseconds from the spawn until `/health/ready` answered 200. */
  readonly readyAfter: number
  /** Milliseconds until the output first matched, or null if it has not. */
  seen(pattern: RegExp): number | null
  output(): string
  /** The server and every process below it. */
  processes(): number[]
  /** SIGKILL to the server alone, as a crash; its child processes must notice by themselves. */
  crash(): Promise<void>
  /** SIGTERM; the exit code, which should be 0. */
  stop(limit?: number): Promise<number | null>
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const port = options.port ?? (await freePort())
  const [program, ...args] = options.command ?? [process.execPath, join(root, 'src', 'main.ts'), 'serve']
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: options.dataDir, ...options.env }
  const began = performance.now()
  const child = spawn(program, args, { cwd: options.cwd ?? root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: { readonly at: number; readonly text: string }[] = []
  const keep = (text: string): void => {
    lines.push({ at: performance.now() - began, text })
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const exited = once(child, 'exit')
  const output = (): string => lines.map(({ text }) => text).join('')

  const url = `http://127.0.0.1:${port}`
  const limit = options.startLimit ?? 120_000
  let readyAfter = 0
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`The server ended before it was ready (${child.exitCode ?? child.signalCode}):\n${output()}`)
    }
    if (await isReady(url)) {
      readyAfter = performance.now() - began
      break
    }
    if (performance.now() - began > limit) {
      child.kill('SIGKILL')
      throw new Error(`The server was not ready after ${limit} ms:\n${output()}`)
    }
    await sleep(5)
  }
  const { pid } = child

  return {
    url,
    pid,
    readyAfter,
    seen: (pattern) => lines.find(({ text }) => pattern.test(text))?.at ?? null,
    output,
    processes: () => [pid, ...descendants(pid)],
    crash: async () => {
      child.kill('SIGKILL')
      await exited
    },
    stop: async (stopLimit = 20_000) => {
      child.kill('SIGTERM')
      const inTime = await Promise.race([exited.then(() => true), sleep(stopLimit, false, { ref: false })])
      if (!inTime) {
        child.kill('SIGKILL')
        throw new Error(`The server had not ended ${stopLimit} ms after SIGTERM:\n${output()}`)
      }
      return child.exitCode
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch (error) {
    // Not listening yet: fetch tells a refused connection by a TypeError, a slow one by a TimeoutError.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return false
    throw error
  }
}

function descendants(pid: number): number[] {
  let tasks: string[] = []
  try {
    tasks = readdirSync(`/proc/${pid}/task`)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
  return tasks
    .flatMap((task) => readProc(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number))
    .flatMap((child) => [child, ...descendants(child)])
}

export const isRunning = (pid: number): boolean => !['', 'Z', 'X'].includes(stateOf(pid))

const stateOf = (pid: number): string => /\) (\S)/.exec(readProc(`/proc/${pid}/stat`))?.[1] ?? ''

/** Resident memory of the processes together, in MiB (pages that they share are counted in each). */
export const residentMiB = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1] ?? 0), 0) / 1024

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isGone(error)) return ''
    throw error
  }
}

/** A process may end while its files under /proc are read. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
