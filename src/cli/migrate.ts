import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type Client, jsonBody } from './client.ts'
import { printLine, type Terminal } from './terminal.ts'

export const Models = z.looseObject({
  serving: z.string(),
  active: z.string(),
  next: z.string().nullable(),
  done: z.number(),
  total: z.number(),
})
type Models = z.infer<typeof Models>

/** Milliseconds between two looks at how far it is. */
const LOOK_EVERY = 500

export interface MigrateOptions {
  readonly model: string
  readonly json: boolean
}

/**
 * `evident migrate embeddings`: has every document embedded with another model, and shows how far that is. Begun anew
 * after it was stopped, by whatever, it goes on where it was. Gives the exit code.
 */
export async function migrateEmbeddings(
  client: Client,
  { model, json }: MigrateOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, signal } = terminal
  let models = await client.json(Models, '/api/v1/embedding-models/migration', jsonBody({ model }, signal))
  const show = json ? jsonLines(terminal) : await progress(terminal)
  try {
    while (models.next === model) {
      show.at(models)
      await sleep(LOOK_EVERY, undefined, { signal })
      models = await client.json(Models, '/api/v1/embedding-models', { signal })
    }
    show.at(models)
  } finally {
    show.end()
  }
  if (models.active !== model) {
    printLine(terminal.err, `It was given up: ${models.next ?? models.active} was asked for meanwhile.`)
    return 1
  }
  if (!json) printLine(out, outcome(models, client.server))
  return 0
}

function outcome({ active, serving, total }: Models, server: Client['server']): string {
  if (active === serving) return `The documents are embedded with ${active}, which serves.`
  const what = `All ${total} passages have vectors of ${active}.`
  const setting = 'EMBEDDING_PROVIDER and LOCAL_EMBEDDING_MODEL must be unset, or name it'
  return server === 'running'
    ? `${what} Restart the server to switch to it (${setting}): until then it searches with ${serving}.`
    : `${what} From the next start on searches use it (${setting}).`
}

interface Show {
  at(models: Models): void
  end(): void
}

const jsonLines = ({ out }: Terminal): Show => ({
  at: (models) => printLine(out, JSON.stringify(models)),
  end: () => undefined,
})

/** A bar on a terminal, else a line for every tenth. */
async function progress({ out, err }: Terminal): Promise<Show> {
  if (err.isTTY !== true) {
    let shown = -1
    return {
      at({ done, total }) {
        const tenth = total === 0 ? 10 : Math.floor((10 * done) / total)
        if (tenth === shown) return
        shown = tenth
        printLine(out, `${done} of ${total} passages`)
      },
      end: () => undefined,
    }
  }
  const { SingleBar, Presets } = await import('cli-progress')
  const bar = new SingleBar(
    {
      stream: err,
      hideCursor: true,
      clearOnComplete: true,
      format: '{bar} {value}/{total} passages, {eta_formatted} left',
    },
    Presets.shades_classic,
  )
  let started = false
  return {
    at({ done, total }) {
      if (!started) bar.start(total, done)
      started = true
      bar.setTotal(total)
      bar.update(done)
    },
    end: () => bar.stop(),
  }
}
