import { canonicalText } from '../../core/canonical-text.ts'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import type { ThreadModule } from '../../core/ports/surroundings.ts'
import { assemble, blocksOfText } from './canonical.ts'
import { chunk } from './chunks.ts'
import type { CountTokens } from './chunks-pieces.ts'
import { detectLanguage } from './language.ts'
import type {
  FromPrepareThread,
  Prepared,
  PrepareInput,
  PrepareThreadData,
  ToPrepareThread,
} from './prepare-messages.ts'

const port = parentPort
if (port === null) throw new Error('This module is the entry of a thread.')
const { tokenCounter, maxTokens, maxChunks } = workerData as PrepareThreadData

const send = (message: FromPrepareThread): void => port.postMessage(message, [])

async function loadCounter({ href, options }: ThreadModule): Promise<CountTokens> {
  const module = (await import(href)) as { create(options: unknown): CountTokens | Promise<CountTokens> }
  return module.create(options)
}

function prepare(input: PrepareInput, countTokens: CountTokens): Prepared {
  const { content, blocks } = 'content' in input ? ofText(input.content) : assemble(input.blocks)
  const language = detectLanguage(content)
  const chunks = chunk({ title: input.title, content, blocks, countTokens, maxTokens, language, maxChunks })
  return { content, blocks, chunks, language }
}

function ofText(raw: string): Pick<Prepared, 'content' | 'blocks'> {
  const content = canonicalText(raw)
  return { content, blocks: blocksOfText(content) }
}

const failure = (error: unknown, otherwise: 'internal_error' | 'not_ready', what: string): FromPrepareThread =>
  error instanceof AppError
    ? { type: 'failed', code: error.code, message: error.message }
    : { type: 'failed', code: otherwise, message: `${what}: ${error instanceof Error ? error.message : String(error)}` }

const loading = loadCounter(tokenCounter)
// Each call reports the failure; without this, the first would also end the thread before it could.
loading.catch(() => undefined)

port.on('message', ({ input }: ToPrepareThread) => {
  void loading.then(
    (countTokens) => {
      try {
        send({ type: 'prepared', prepared: prepare(input, countTokens) })
      } catch (error) {
        send(failure(error, 'internal_error', 'The document could not be cut into passages'))
      }
    },
    (error: unknown) => send(failure(error, 'not_ready', 'The token counter of the embedding model cannot be loaded')),
  )
})
