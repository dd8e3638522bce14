// Runs commands one after another and says how long each took and which failed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { root } from './drills/server.ts'

export interface Step {
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
  /** What its environment has besides this one's. */
  readonly env?: Readonly<Record<string, string>>
}

export interface StepResult {
  readonly name: string
  readonly seconds: number
  readonly ok: boolean
}

async function runStep({ name, command: [program, ...args], env }: Step): Promise<StepResult> {
  console.log(`\n--- ${name}: ${[program, ...args].join(' ')}`)
  const began = performance.now()
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  await once(child, 'exit')
  const seconds = (performance.now() - began) / 1000
  console.log(`--- ${name}: ${child.exitCode === 0 ? 'passed' : 'FAILED'} in ${seconds.toFixed(0)} s`)
  return { name, seconds, ok: child.exitCode === 0 }
}

/** A failed step does not keep the next from running. Sets the exit code. */
export async function runSteps(title: string, steps: readonly Step[]): Promise<void> {
  const results: StepResult[] = []
  for (const step of steps) results.push(await runStep(step))
  console.log('')
  for (const { name, seconds, ok } of results) {
    console.log(`${ok ? 'passed' : 'FAILED'} ${seconds.toFixed(0).padStart(6)} s  ${name}`)
  }
  const failed = results.filter(({ ok }) => !ok).length
  console.log(`${title}: ${results.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
