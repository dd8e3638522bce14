import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../scripts/drills/server.ts'
import { startPostgres } from '../test/postgres.ts'

/**
 * How long another instance's searches do not show a change: two real servers over one PostgreSQL. The title of a document is
 * changed on the first; from then on the second is asked for a word of the new one until it finds it. It always finds another
 * document as well, so that no search waits for the index. Usage: node bench/staleness.ts [changes]
 */
const changes = Number(process.argv[2] ?? 300)
const postgres = await startPostgres()
if ('missing' in postgres) throw new Error(postgres.missing)
const folders = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'evident-bench-'))))
const env = {
  DATABASE_URL: await postgres.createMigrated(),
  RATE_LIMIT_REQUESTS: '0',
  CACHE_TTL: '0',
  EMBEDDING_THREADS: '1',
}
const servers = await Promise.all(folders.map((dataDir) => startServer({ dataDir, env })))

async function call<T>(server: number, method: string, path: string, body: object): Promise<T> {
  const isForm = body instanceof FormData
  const response = await fetch(`${servers[server]?.url}${path}`, {
    method,
    body: isForm ? body : JSON.stringify(body),
    ...(isForm ? {} : { headers: { 'content-type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

async function upload(text: string): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob([text]), 'text.txt')
  return (await call<{ document_id: string }>(0, 'POST', '/api/v1/upload-file', form)).document_id
}

async function finds(word: string, id: string): Promise<boolean> {
  const query = { query: `harbour ${word}`, search_type: 'keyword', max_results: 10, relevance_threshold: 0 }
  const { results } = await call<{ results: { document_id: string }[] }>(1, 'POST', '/api/v1/search', query)
  if (results.length === 0) throw new Error('The other document was not found')
  return results.some((result) => result.document_id === id)
}

try {
  await upload('The harbour has a bridge of steel.')
  const id = await upload('Lanterns are kept by their keepers.')
  while (!(await finds('lanterns', id)));
  const times: number[] = []
  for (let n = 0; n < changes; n++) {
    const word = `lantern${n}x`
    await call(0, 'PATCH', `/api/v1/documents/${id}`, { title: word })
    const changed = performance.now()
    while (!(await finds(word, id)));
    times.push(performance.now() - changed)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(1)
  console.log(
    `${changes} changes, shown on the other instance after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms`,
  )
} finally {
  await Promise.all(servers.map((server) => server.stop()))
  await postgres.stop()
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
}
