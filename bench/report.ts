import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/drills/server.ts'

export type Row = readonly [what: string, figure: string]

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()

/** Prints the figures and leaves them, with the machine and the commit, in `.bench/NAME.json`. */
export async function report(name: string, rows: readonly Row[], figures: object): Promise<void> {
  const width = Math.max(...rows.map(([what]) => what.length))
  console.log(`\n${name}`)
  for (const [what, figure] of rows) console.log(`  ${what.padEnd(width)}  ${figure}`)
  const machine = {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    node: process.version,
  }
  const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' and changes')
  const text = JSON.stringify({ name, at: new Date().toISOString(), commit, machine, ...figures }, null, 2)
  await mkdir(join(root, '.bench'), { recursive: true })
  await writeFile(join(root, '.bench', `${name}.json`), `${text}\n`)
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`
