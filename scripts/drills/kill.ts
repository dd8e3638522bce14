// The kill drill: several clients upload 200 files, the server gets SIGKILL at a random moment, starts again, and
// what it acknowledged must be there exactly once, fully searchable, with right offsets and without a manual step.
//
//   node scripts/drills/kill.ts [--rounds 5] [--files 200] [--seed N]
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { apiClient, type ApiClient, type ListedDocument } from './client.ts'
import { makeFiles, type MadeFile } from './files.ts'
import { randomFrom } from './random.ts'
import { isRunning, root, startServer, type RunningServer } from './server.ts'

const CLIENTS = 4
/** Milliseconds within which everything acknowledged must be fully searchable after a restart. */
const RECOVERY_LIMIT = 180_000
const ORPHAN_LIMIT = 10_000
/** Milliseconds in which the vectors of a file are made, at most. */
const VECTORS_A_FILE = 15

export interface KillRound {
  readonly round: number
  readonly moment: string
  /** Uploads answered with 2xx before the kill. */
  readonly acknowledged: number
  /** Found after the restart without having been acknowledged: allowed, if whole. */
  readonly unacknowledgedFound: number
  readonly restartMs: number
  readonly recoveryMs: number
  readonly failures: readonly string[]
}

export interface KillReport {
  readonly seed: number
  readonly files: number
  readonly rounds: readonly KillRound[]
  readonly failures: readonly string[]
}

/** Uploads with several clients; resolves when none is left or the server is gone. */
async function uploadAll(
  api: ApiClient,
  files: readonly MadeFile[],
  acknowledged: Map<string, string>,
  failures: string[],
): Promise<void> {
  let next = 0
  const client = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      try {
        acknowledged.set(file.name, (await api.upload(file.name, file.bytes)).document_id)
      } catch (error) {
        // The connection broke: that is what the drill does. An answer that is an error is not.
        if (!(error instanceof TypeError))
          failures.push(`${file.name}: ${error instanceof Error ? error.message : 'not sent'}`)
        return
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
}

async function until(limit: number, done: () => Promise<boolean> | boolean): Promise<boolean> {
  const began = performance.now()
  while (performance.now() - began < limit) {
    if (await done()) return true
    await sleep(100)
  }
  return done()
}

const fileName = (document: ListedDocument): string => String(document.metadata['originalFileName'])

/** Everything that must hold of the documents there, once nothing is under way any more. */
async function inspect(api: ApiClient, files: readonly MadeFile[], acknowledged: ReadonlyMap<string, string>) {
  const failures: string[] = []
  const documents = await api.documents()
  const byName = Map.groupBy(documents, fileName)
  for (const [name, id] of acknowledged) {
    const there = byName.get(name) ?? []
    if (there.length !== 1) failures.push(`${name}: acknowledged, and there ${there.length} times`)
    else if (there[0]?.id !== id) failures.push(`${name}: acknowledged as ${id}, there as ${there[0]?.id}`)
  }
  const toInspect = [...documents]
  const inspector = async (): Promise<void> => {
    for (let document = toInspect.shift(); document !== undefined; document = toInspect.shift()) {
      const name = fileName(document)
      const file = files.find((candidate) => candidate.name === name)
      if (file === undefined) failures.push(`${name}: nobody uploaded it`)
      else {
        if (!acknowledged.has(name) && byName.get(name)?.length !== 1) failures.push(`${name}: there more than once`)
        failures.push(...(await inspectDocument(api, document, file)))
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, inspector))
  const unfinished = (await api.jobs()).filter((job) => job.state !== 'done')
  if (unfinished.length > 0) failures.push(`${unfinished.length} jobs are not done (${unfinished[0]?.state})`)
  return { failures, found: documents.length }
}

async function inspectDocument(api: ApiClient, document: ListedDocument, file: MadeFile): Promise<string[]> {
  if (document.status !== 'processed') {
    return [`${file.name}: ${document.status} ${JSON.stringify(document.error ?? '')}`]
  }
  const failures: string[] = []
  const { content, searchable } = await api.content(document.id)
  if (searchable !== 'full') failures.push(`${file.name}: processed, yet searchable: ${searchable}`)
  if (!content.includes(file.word)) failures.push(`${file.name}: its text lacks ${file.word}`)
  for (const type of ['keyword', 'semantic'] as const) {
    const query = type === 'keyword' ? file.word : content.slice(0, 200)
    const hits = (await api.search(query, 5, type)).filter((result) => result.document_id === document.id)
    if (hits.length !== 1) failures.push(`${file.name}: the ${type} search finds it ${hits.length} times`)
    const passages = hits[0]?.chunk_analysis?.top_chunks ?? []
    if (hits.length === 1 && passages.length === 0) failures.push(`${file.name}: found (${type}) without a passage`)
    for (const { start_char: start, end_char: end, content: text } of passages) {
      if (content.slice(start, end) !== text) failures.push(`${file.name}: the passage is not ${start} to ${end}`)
    }
  }
  return failures
}

async function settled(api: ApiClient): Promise<boolean> {
  const documents = await api.documents()
  return documents.every(({ status }) => status === 'processed' || status === 'failed')
}

/** Asks about some of the files: each citation must be cut from the text that its document has. */
async function inspectAnswers(api: ApiClient, files: readonly MadeFile[]): Promise<string[]> {
  const failures: string[] = []
  for (const file of files.filter((_, n) => n % 20 === 0)) {
    const { citations, answer } = await api.ask(`What do the keepers call ${file.word}?`)
    if (!answer.includes(file.word)) failures.push(`${file.name}: asked for ${file.word}, the answer is ${answer}`)
    for (const citation of citations) {
      const { content } = await api.content(citation.doc_id, citation.version)
      if (content.slice(citation.start_char, citation.end_char) !== citation.quote) {
        failures.push(`${file.name}: a citation's quote is not the text at its offsets`)
      }
    }
  }
  return failures
}

async function killRound(round: number, files: readonly MadeFile[], random: () => number): Promise<KillRound> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-kill-'))
  const failures: string[] = []
  let server: RunningServer | undefined
  try {
    server = await startServer({ dataDir, env: { LOG_LEVEL: 'warn' } })
    const acknowledged = new Map<string, string>()
    // Most kills come while files are being sent, some while the vectors of all of them are made.
    const after = random() < 0.75 ? Math.floor(random() * files.length) : files.length
    const delay = Math.floor(random() * (after === files.length ? VECTORS_A_FILE * files.length : 300))
    const moment = `${delay} ms after ${after} acknowledged`
    const uploads = uploadAll(apiClient(server.url), files, acknowledged, failures)
    await until(120_000, () => acknowledged.size >= after)
    await sleep(delay)
    const below = server.processes()
    await server.crash()
    await uploads
    const before = new Map(acknowledged)
    if (!(await until(ORPHAN_LIMIT, () => !below.some(isRunning)))) failures.push('a child process outlived the server')

    const restarted = performance.now()
    server = await startServer({ dataDir, env: { LOG_LEVEL: 'warn' } })
    const restartMs = Math.round(performance.now() - restarted)
    const { url } = server
    if (!(await until(RECOVERY_LIMIT, () => settled(apiClient(url))))) {
      failures.push(`work was left after ${RECOVERY_LIMIT} ms`)
    }
    const recoveryMs = Math.round(performance.now() - restarted)
    const first = await inspect(apiClient(url), files, before)
    failures.push(...first.failures)

    // The clients go on: what was acknowledged comes back as it is, the rest is taken now.
    await uploadAll(apiClient(url), files, acknowledged, failures)
    for (const [name, id] of before) {
      if (acknowledged.get(name) !== id) failures.push(`${name}: sent again, it became another document`)
    }
    await until(RECOVERY_LIMIT, () => settled(apiClient(url)))
    const second = await inspect(apiClient(url), files, acknowledged)
    failures.push(...second.failures)
    if (second.found !== files.length) failures.push(`${second.found} documents of ${files.length} files`)
    failures.push(...(await inspectAnswers(apiClient(url), files)))
    const code = await server.stop()
    if (code !== 0) failures.push(`SIGTERM ended the server with ${code}`)
    return {
      round,
      moment,
      acknowledged: before.size,
      unacknowledgedFound: first.found - before.size,
      restartMs,
      recoveryMs,
      failures: [...new Set(failures)],
    }
  } finally {
    if (server !== undefined && isRunning(server.pid)) await server.crash()
    await rm(dataDir, { recursive: true, force: true })
  }
}

export async function killDrill(rounds: number, fileCount: number, seed: number): Promise<KillReport> {
  const files = await makeFiles(fileCount)
  const random = randomFrom(seed)
  const done: KillRound[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const result = await killRound(round, files, random)
    done.push(result)
    console.log(
      `round ${round}/${rounds}: killed ${result.moment}; ${result.acknowledged} acknowledged, ` +
        `${result.unacknowledgedFound} more whole, restart ${result.restartMs} ms, all searchable after ` +
        `${result.recoveryMs} ms: ${result.failures.length === 0 ? 'ok' : result.failures.slice(0, 5).join('; ')}`,
    )
  }
  return { seed, files: fileCount, rounds: done, failures: done.flatMap(({ failures }) => failures) }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      files: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  })
  const report = await killDrill(Number(values.rounds), Number(values.files), Number(values.seed))
  await mkdir(join(root, '.bench'), { recursive: true })
  await writeFile(join(root, '.bench', 'kill.json'), JSON.stringify(report, null, 2))
  const acknowledged = report.rounds.reduce((sum, round) => sum + round.acknowledged, 0)
  console.log(
    `kill drill: ${report.rounds.length} rounds, ${acknowledged} acknowledged files checked, ` +
      `${report.failures.length} failures (seed ${report.seed})`,
  )
  process.exitCode = report.failures.length === 0 ? 0 : 1
}
