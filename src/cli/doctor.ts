import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { readModelName } from '../core/embedding-model-name.ts'
import { installCommand } from '../core/install-command.ts'
import { SHIPPED_MODELS } from '../core/shipped-models.ts'
import { ApiError, type Client } from './client.ts'
import { Models } from './migrate.ts'
import { printLine, type Terminal } from './terminal.ts'

export interface Check {
  readonly name: string
  /** `note`: worth knowing, and no reason to fail. */
  readonly status: 'ok' | 'note' | 'failed'
  readonly detail: string
}

/**
 * `evident doctor`: what is configured, and whether each part works. Gives the exit code: 1 when a check failed.
 * `open` connects to the service; a start that cannot be is one of the findings.
 */
export async function doctor(
  config: Config,
  open: () => Promise<Client>,
  options: { readonly json: boolean; readonly repair: boolean },
  terminal: Terminal,
): Promise<number> {
  const checks: Check[] = [
    node(),
    await disk(config.dataDir),
    ...(await Promise.all(SHIPPED_MODELS.map(model))),
    ...OPTIONAL.map((one) => optionalPackage(one, embedsLocally(config))),
    webSearch(config),
    ...config.warnings.map((detail): Check => ({ name: 'settings', status: 'note', detail })),
    ...(await service(open, options.repair)),
  ]
  if (options.json) printLine(terminal.out, JSON.stringify({ configuration: config.resolved, checks }))
  else {
    const width = Math.max(...config.resolved.map(({ name }) => name.length))
    for (const { name, value, source } of config.resolved) {
      printLine(terminal.out, `${name.padEnd(width)}  ${value}${source === 'default' ? '' : `  (${source})`}`)
    }
    printLine(terminal.out, '')
    for (const { name, status, detail } of checks) printLine(terminal.out, `${status.padEnd(6)}  ${name}: ${detail}`)
  }
  return checks.some(({ status }) => status === 'failed') ? 1 : 0
}

const node = (): Check => ({
  name: 'node',
  status: Number(process.versions.node.split('.')[0]) >= 24 ? 'ok' : 'failed',
  detail: `${process.versions.node} on ${process.platform}-${process.arch}`,
})

/** Below this free space, in bytes, a start still works and the next uploads may not. */
const LITTLE_SPACE = 1_073_741_824

async function disk(dataDir: string): Promise<Check> {
  const name = 'data folder'
  try {
    const { bavail, bsize } = await statfs(dataDir)
    const free = bavail * bsize
    return {
      name,
      status: free < LITTLE_SPACE ? 'note' : 'ok',
      detail: `${dataDir}, ${(free / 1_073_741_824).toFixed(1)} GiB free`,
    }
  } catch {
    // The first start makes it; whether it can is told by the service's own check.
    return { name, status: 'note', detail: `${dataDir} is not there yet` }
  }
}

/** Compares the files of a shipped model with the checksums that came with them. */
async function model(name: string): Promise<Check> {
  const folder = new URL(`../../models/${name}/`, import.meta.url)
  const title = `model ${name}`
  try {
    const sums = await readFile(new URL('SHA256SUMS', folder), 'utf8')
    for (const [, expected, file = ''] of sums.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)) {
      const hash = createHash('sha256')
      await pipeline(createReadStream(new URL(file, folder)), hash)
      if (hash.digest('hex') !== expected)
        return { name: title, status: 'failed', detail: `${file} is damaged or was changed` }
    }
    return { name: title, status: 'ok', detail: 'whole' }
  } catch (error) {
    // Where it is in use, the check of the service fails.
    const detail = `cannot be read (${error instanceof Error ? error.message : String(error)})`
    return { name: title, status: 'note', detail }
  }
}

interface OptionalPackage {
  readonly name: string
  readonly purpose: 'local embedding' | 'text in images'
}

/** Unless the settings name a model of another service. */
const embedsLocally = ({ embedding: { model } }: Config): boolean =>
  model === undefined || readModelName(model)?.provider === 'local'

const OPTIONAL: readonly OptionalPackage[] = [
  { name: 'onnxruntime-node', purpose: 'local embedding' },
  { name: '@huggingface/tokenizers', purpose: 'local embedding' },
  { name: 'tesseract.js', purpose: 'text in images' },
  { name: '@tesseract.js-data/eng', purpose: 'text in images' },
]

function optionalPackage({ name, purpose }: OptionalPackage, embeds: boolean): Check {
  try {
    import.meta.resolve(name)
    return { name: `package ${name}`, status: 'ok', detail: purpose }
  } catch {
    return {
      name: `package ${name}`,
      status: embeds && purpose === 'local embedding' ? 'failed' : 'note',
      detail: `not installed (${purpose}): ${installCommand(name)}`,
    }
  }
}

/** What is set, and not whether it answers: with most providers a question costs money. */
function webSearch({ webSearch: search }: Config): Check {
  const name = 'web search'
  if (search === undefined) return { name, status: 'ok', detail: 'off' }
  const where = search.provider === 'searxng' ? ` at ${search.baseUrl}` : ''
  return { name, status: 'ok', detail: `${search.provider}${where} (not asked for this check)` }
}

const Health = z.looseObject({ services: z.record(z.string(), z.string()) })
const Stats = z.looseObject({
  documents_count: z.number(),
  total_size: z.number(),
  chunks_count: z.number().optional(),
  vectors_count: z.number().optional(),
})
const Page = z.looseObject({ documents: z.array(z.looseObject({ language: z.string().nullish() })) })

async function service(open: () => Promise<Client>, repairs: boolean): Promise<Check[]> {
  let client: Client
  try {
    client = await open()
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'AbortError') throw error
    return [{ name: 'service', status: 'failed', detail: error.message.replaceAll('\n', ' ') }]
  }
  try {
    const where = client.server === 'running' ? `running on ${client.url}` : 'not running; started for this check'
    const models = await client.json(Models, '/api/v1/embedding-models')
    return [
      { name: 'service', status: 'ok', detail: where },
      ...(await vectorStore(client, repairs)),
      ...(await services(client)),
      await contents(client),
      embedding(models),
      ...(await languages(models.serving, client)),
    ]
  } finally {
    await client.close()
  }
}

const VectorStore = z.looseObject({
  state: z.string(),
  behind: z.number().nullable(),
  comparison: z.looseObject({ passages: z.number(), added: z.number(), removed: z.number() }).nullable(),
})

/** Before the services are looked at, which say whether it is there: a comparison takes its time. */
async function vectorStore(client: Client, repairs: boolean): Promise<Check[]> {
  const path = '/api/v1/vector-store'
  const name = 'vectors in Milvus'
  try {
    const found = repairs
      ? await client.json(VectorStore, `${path}/comparison`, { method: 'POST' })
      : await client.json(VectorStore, path)
    const { state, behind, comparison } = found
    const compared =
      comparison === null
        ? 'never compared'
        : `last compared: ${comparison.passages} passages, ${comparison.added} added, ${comparison.removed} removed`
    const status = state === 'away' ? 'failed' : state === 'current' && behind === 0 ? 'ok' : 'note'
    return [{ name, status, detail: `${state}, ${behind ?? 'all'} changes behind; ${compared}` }]
  } catch (error) {
    // None is configured.
    if (error instanceof ApiError && error.code === 'not_found') return []
    throw error
  }
}

async function services(client: Client): Promise<Check[]> {
  const { services: found } = await client.json(Health, '/health')
  const idle = new Set(['not_configured', 'not_available'])
  return Object.entries(found)
    .filter(([, state]) => !idle.has(state))
    .map(([name, state]) => ({
      name,
      status: state === 'healthy' || state === 'connected' ? 'ok' : 'failed',
      detail: state,
    }))
}

async function contents(client: Client): Promise<Check> {
  const stats = await client.json(Stats, '/api/v1/stats')
  const { documents_count: documents, chunks_count: chunks, vectors_count: vectors, total_size: size } = stats
  const missing = chunks !== undefined && vectors !== undefined && vectors < chunks ? chunks - vectors : 0
  const parts = [
    `${documents} document${documents === 1 ? '' : 's'}`,
    ...(chunks === undefined ? [] : [`${chunks} passages`]),
    ...(vectors === undefined ? [] : [`${vectors} vectors`]),
    `${(size / 1_048_576).toFixed(1)} MiB of files`,
    ...(missing > 0 ? [`${missing} passages wait for their vectors`] : []),
  ]
  return { name: 'contents', status: missing > 0 ? 'note' : 'ok', detail: parts.join(', ') }
}

function embedding({ serving, active, next, done, total }: z.infer<typeof Models>): Check {
  const name = 'embedding model'
  if (next !== null) {
    const detail = `${serving} serves; ${next} is being prepared (${done} of ${total} passages)`
    return { name, status: 'note', detail }
  }
  if (active === serving) return { name, status: 'ok', detail: serving }
  return { name, status: 'note', detail: `${serving} serves until the next start, then ${active}` }
}

/** Whether the newest documents are in languages that the model reads. */
async function languages(serving: string, client: Client): Promise<Check[]> {
  if (serving !== 'bge-small-en-v1.5') return []
  const { documents } = await client.json(Page, '/api/v1/documents?limit=200')
  const foreign = documents.filter(({ language }) => typeof language === 'string' && language !== 'en')
  if (foreign.length === 0) return []
  const names = [...new Set(foreign.map(({ language }) => language))].join(', ')
  const detail =
    `${foreign.length} of the newest ${documents.length} documents are not in English (${names}), which ` +
    'bge-small-en-v1.5 does not read: run evident migrate embeddings --model multilingual-e5-small to find them by meaning'
  return [{ name: 'languages', status: 'note', detail }]
}
