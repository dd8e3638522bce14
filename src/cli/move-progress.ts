import type { MoveProgress, Phase } from '../database/move/move.ts'
import { printLine, type Terminal } from './terminal.ts'

const NAMES: Readonly<Record<Phase, string>> = { read: 'Reading', move: 'Moving', verify: 'Verifying' }

/** A bar on a terminal, else a line for each phase, each tenth of it and each table that is through. */
export async function moveProgress({ out, err }: Terminal): Promise<MoveProgress> {
  return err.isTTY === true ? bar(err) : plainLines(out)
}

function plainLines(out: Terminal['out']): MoveProgress {
  let name = ''
  let total = 0
  let done = 0
  let tenth = 0
  return {
    begin(phase, rows, before) {
      name = NAMES[phase]
      total = rows
      done = before
      tenth = Math.floor((10 * done) / total)
      printLine(
        out,
        before === 0 ? `${name} ${rows} rows` : `${name} ${rows} rows, ${before} of them are there already`,
      )
    },
    advance(rows) {
      done += rows
      const now = Math.floor((10 * done) / total)
      if (now <= tenth) return
      tenth = now
      printLine(out, `${name}: ${done} of ${total} rows`)
    },
    table: (table, rows) => printLine(out, `${table}: ${rows} rows`),
    end: () => undefined,
  }
}

async function bar(stream: Terminal['err']): Promise<MoveProgress> {
  const { SingleBar, Presets } = await import('cli-progress')
  const one = new SingleBar(
    {
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: '{phase} {bar} {value}/{total} rows, {eta_formatted} left',
    },
    Presets.shades_classic,
  )
  return {
    begin: (phase, rows, before) => one.start(rows, before, { phase: NAMES[phase] }),
    advance: (rows) => one.increment(rows),
    table: () => undefined,
    end: () => one.stop(),
  }
}
