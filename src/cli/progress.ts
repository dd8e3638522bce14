import type { Terminal } from './terminal.ts'
import { printable, printLine } from './terminal.ts'

/** What became of one file. */
export interface FileResult {
  readonly path: string
  /** `reading`: another one's job is still at work on it, and may yet fail. */
  readonly status: 'processed' | 'duplicate' | 'reading' | 'failed' | 'cancelled'
  readonly document_id?: string
  readonly chunks?: number
  readonly error?: { readonly code: string; readonly detail: string }
  /** Sentences about what could not be read of it. */
  readonly warnings?: readonly string[]
}

export interface Summary {
  readonly files: number
  readonly processed: number
  readonly duplicate: number
  readonly reading: number
  readonly failed: number
  readonly cancelled: number
  readonly seconds: number
}

/** How the command tells of its progress. */
export interface Progress {
  finished(result: FileResult): void
  end(summary: Summary): void
}

export async function createProgress(total: number, json: boolean, terminal: Terminal): Promise<Progress> {
  if (json) return jsonLines(terminal)
  return terminal.err.isTTY === true && total > 0 ? bar(total, terminal) : plainLines(total, terminal)
}

const jsonLines = ({ out }: Terminal): Progress => ({
  finished: (result) => printLine(out, JSON.stringify(result)),
  end: (summary) => printLine(out, JSON.stringify({ summary })),
})

function plainLines(total: number, { out }: Terminal): Progress {
  let done = 0
  return {
    finished(result) {
      done++
      for (const line of describe(result)) printLine(out, `[${done}/${total}] ${line}`)
    },
    end: (summary) => printLine(out, summarize(summary)),
  }
}

/** A bar on a terminal; only what needs attention is printed above it. */
async function bar(total: number, { out, err }: Terminal): Promise<Progress> {
  const { MultiBar, Presets } = await import('cli-progress')
  const bars = new MultiBar(
    {
      stream: err,
      hideCursor: true,
      clearOnComplete: true,
      format: '{bar} {value}/{total} files, {eta_formatted} left  {name}',
    },
    Presets.shades_classic,
  )
  const one = bars.create(total, 0, { name: '' })
  return {
    finished(result) {
      if (result.status === 'failed' || (result.warnings?.length ?? 0) > 0) {
        for (const line of describe(result)) bars.log(`${line}\n`)
      }
      one.increment(1, { name: printable(result.path).slice(-40) })
    },
    end(summary) {
      bars.stop()
      printLine(out, summarize(summary))
    },
  }
}

function describe({ path, status, chunks, error, warnings = [] }: FileResult): string[] {
  const name = printable(path)
  const passages = chunks === undefined ? '' : `, ${chunks} passage${chunks === 1 ? '' : 's'}`
  const outcome = {
    processed: `read${passages}`,
    duplicate: 'was there already',
    reading: 'is being read already',
    cancelled: 'cancelled',
    failed: `failed: ${printable(error?.detail ?? '')} (${error?.code ?? 'internal_error'})`,
  }[status]
  return [`${name}: ${outcome}`, ...warnings.map((warning) => `${name}: note: ${printable(warning)}`)]
}

function summarize({ files, processed, duplicate, reading, failed, cancelled, seconds }: Summary): string {
  const parts = [`${processed} read`]
  if (duplicate > 0) parts.push(`${duplicate} there already`)
  if (reading > 0) parts.push(`${reading} being read already`)
  if (failed > 0) parts.push(`${failed} failed`)
  if (cancelled > 0) parts.push(`${cancelled} cancelled`)
  return `${files} file${files === 1 ? '' : 's'}: ${parts.join(', ')} in ${seconds.toFixed(1)} s.`
}
