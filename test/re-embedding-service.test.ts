import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { databaseSettings, readRows } from './chosen-database.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const ANIMALS = ['hedgehog', 'otter', 'badger', 'heron', 'salmon', 'lynx', 'beaver', 'stork', 'marten', 'adder']
const text = (animal: string): string =>
  Array.from(
    { length: 6 },
    (_, n) => `# Part ${n} on the ${animal}\n\n${`The ${animal} of part ${n} eats at night. `.repeat(25)}`,
  ).join('\n\n')

async function add(service: TestService, animals: readonly string[]): Promise<void> {
  for (const animal of animals) await service.json('POST', '/api/documents', { title: animal, content: text(animal) })
  await allRead(service)
}

const allRead = (service: TestService) =>
  eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (documents: Json[]) => documents.every(({ searchable }) => searchable === 'full'),
  )

async function found(service: TestService, query: string): Promise<Json> {
  const { status, body } = await service.json('POST', '/api/v1/search', {
    query,
    search_type: 'semantic',
    max_results: 5,
  })
  assert.equal(status, 200)
  return body.results[0]
}

const modelsOfVectors = async ({ folder }: TestService): Promise<string[]> =>
  (await readRows(folder, 'select distinct model from vectors')).map(({ model }) => String(model))

const models = async (service: TestService): Promise<Json> =>
  (await service.json('GET', '/api/v1/embedding-models')).body

test('searches find by meaning all the while, and the next start serves the new model', async (t) => {
  const service = await startService(t, { unmanaged: true })
  t.after(() => rm(service.folder, { recursive: true, force: true }))
  await add(service, ANIMALS.slice(0, 3))
  const begun = await service.json('POST', '/api/v1/embedding-models/migration', { model: 'multilingual-e5-small' })
  assert.deepEqual([begun.status, begun.body.next], [202, 'multilingual-e5-small'])
  let searches = 0
  await eventually(
    async () => {
      const best = await found(service, `What does an otter eat? ${searches++}`)
      assert.equal(best.title, 'otter')
      assert.ok(best.semantic_similarity > 0.5)
      return models(service)
    },
    ({ active }) => active === 'multilingual-e5-small',
  )
  assert.ok(searches > 1)
  assert.equal((await models(service)).serving, 'bge-small-en-v1.5')
  await add(service, ['wolf'])
  await eventually(
    () => models(service),
    ({ done, total }) => done === total,
  )
  await service.close()

  const next = await startService(t, { folder: service.folder })
  assert.equal((await models(next)).serving, 'multilingual-e5-small')
  assert.ok(!next.lines.some(({ message }) => /embedded anew/.test(message)))
  assert.equal((await found(next, 'Was frisst ein Wolf?')).title, 'wolf')
  await eventually(
    () => modelsOfVectors(next),
    (left) => left.length === 1,
  )
  assert.match((await modelsOfVectors(next))[0] ?? '', /^multilingual-e5-small@/)
})

test('a migration that is killed goes on where it was', async (t) => {
  const service = await startService(t, { unmanaged: true })
  t.after(() => rm(service.folder, { recursive: true, force: true }))
  await add(service, ANIMALS)
  await service.close()
  const settings = await databaseSettings(service.folder)

  const migrate = () => {
    const args = [MAIN, 'migrate', 'embeddings', '--model', 'multilingual-e5-small', '--json']
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], DATA_DIR: service.folder, EMBEDDING_THREADS: '1', ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    const states: Json[] = []
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      for (const line of data.split('\n')) if (line !== '') states.push(JSON.parse(line))
    })
    return { child, states, ended: once(child, 'close') }
  }
  const killed = migrate()
  await eventually(
    async () => killed.states.at(-1)?.done ?? 0,
    (done) => done > 0,
  )
  killed.child.kill('SIGKILL')
  await killed.ended
  const { done, total } = killed.states.at(-1)
  assert.ok(done > 0 && done < total, `${done} of ${total}`)

  const again = migrate()
  const [code] = await again.ended
  assert.equal(code, 0)
  assert.ok(again.states[0].done >= done)
  assert.equal(again.states.at(-1).active, 'multilingual-e5-small')
  const next = await startService(t, { folder: service.folder })
  assert.equal((await found(next, 'What does an otter eat?')).title, 'otter')
})
