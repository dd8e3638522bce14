// A real service of somebody else's, started for development, tests and drills: on 127.0.0.1 alone, at a port and over a
// folder that the caller gives, ended by its process id.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServiceCommand {
  /** As people call it, for messages. */
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Of whom the process is, where it must not be root. */
  readonly uid?: number
  readonly gid?: number
  /** Whether it answers: asked again until it does. May reject, which counts as no. */
  readonly answers: () => Promise<boolean>
  /** Milliseconds in which it must; 60,000 by default. */
  readonly startLimit?: number
  /** The process that serves, where the command only starts it; by default the command's own. */
  readonly servingPid?: (pid: number) => Promise<number>
  /** With which it ends in good order; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals
}

export interface RunningService {
  /** Of the process that serves. */
  readonly pid: number
  /** Milliseconds from the start until it answered. */
  readonly readyAfter: number
  /** The last of what it printed. */
  output(): string
  /** SIGKILL, as a crash; resolves once the process is gone. */
  crash(): Promise<void>
  /** In good order, or by SIGKILL after `limit` ms (10,000). */
  stop(limit?: number): Promise<void>
}

const LAST_OUTPUT = 20_000
const BETWEEN_QUESTIONS_MS = 50

/** @throws Error with the service's last words where it ends, or does not answer in time; nothing of it is left running then */
export async function startService(service: ServiceCommand): Promise<RunningService> {
  const { name, answers, startLimit = 60_000, stopSignal = 'SIGTERM' } = service
  const [program, ...args] = service.command
  const began = performance.now()
  const child = spawn(program, args, {
    cwd: service.cwd,
    env: { ...process.env, ...service.env },
    uid: service.uid,
    gid: service.gid,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (text: string): void => {
    output = (output + text).slice(-LAST_OUTPUT)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  const started = child.pid
  if (started === undefined) throw new Error(`${name} has no process`)
  let pid = started

  // A run that is interrupted must not leave it behind.
  const abandon = (): void => signal(pid, 'SIGKILL')
  process.once('exit', abandon)
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  const end = async (first: NodeJS.Signals, limit: number): Promise<void> => {
    signal(pid, first)
    const late = setTimeout(() => signal(pid, 'SIGKILL'), limit)
    while (isAlive(pid)) await sleep(BETWEEN_QUESTIONS_MS)
    if (pid !== started) signal(started, 'SIGKILL')
    if (!isOver()) await exited
    clearTimeout(late)
    process.off('exit', abandon)
  }

  const refuse = async (what: string): Promise<never> => {
    await end('SIGKILL', 0)
    throw new Error(`${name} ${what}:\n${output}`)
  }
  for (;;) {
    if (isOver()) await refuse(`ended (${child.exitCode ?? child.signalCode}) before it answered`)
    if (await answers().catch(() => false)) break
    if (performance.now() - began > startLimit) await refuse(`did not answer within ${startLimit} ms`)
    await sleep(BETWEEN_QUESTIONS_MS)
  }
  pid = (await service.servingPid?.(started)) ?? started
  return {
    pid,
    readyAfter: performance.now() - began,
    output: () => output,
    crash: () => end('SIGKILL', 0),
    stop: (limit = 10_000) => end(stopSignal, limit),
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** One that has ended stays in the table until its parent has heard of it; on Linux that is told apart. */
function isAlive(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return !['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2))
    } catch {
      return false
    }
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
