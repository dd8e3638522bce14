// A language model that says the same at a given pace, in a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../scripts/drills/server.ts'

export interface StubModel {
  /** For OPENAI_BASE_URL. */
  readonly url: string
  stop(): void
}

/** @param pace `gap`: milliseconds between two pieces; `tokens`: pieces after the first */
export async function startModel({
  gap,
  tokens,
}: {
  readonly gap: number
  readonly tokens: number
}): Promise<StubModel> {
  const args = ['test/openai-server.ts', '--gap', String(gap), '--tokens', String(tokens)]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const url = /http:\/\/\S+/.exec(line)?.[0]
  if (url === undefined) throw new Error(`The model's stand-in said: ${line}`)
  return { url, stop: () => void child.kill() }
}
