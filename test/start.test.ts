import assert from 'node:assert/strict'
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compose, type Service } from '../src/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import type { Logger } from '../src/core/ports/surroundings.ts'
import { databaseSettings } from './chosen-database.ts'
import { eventually, HOST } from './service.ts'

const MODEL = 'bge-small-en-v1.5'

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-start-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The service as `evident serve` has it before it is ready. */
async function starting(t: TestContext, { messages = [], modelsDir }: { messages?: string[]; modelsDir?: string }) {
  const folder = await temporaryFolder(t)
  const note = (_fields: object, message: string): void => void messages.push(message)
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger }
  const config = loadConfig({ DATA_DIR: folder, ...(await databaseSettings(folder)) }, folder)
  const service = await compose(config, { logger, cliToken: 'test-token', ...(modelsDir && { modelsDir }) })
  t.after(() => service.close())
  return service
}

const readiness = async ({ app }: Service): Promise<number> =>
  (await app.inject({ url: '/health/ready', headers: HOST })).statusCode

test('it is ready only with its index and its model', async (t) => {
  const messages: string[] = []
  const service = await starting(t, { messages })
  const working = service.ready()
  assert.equal(await readiness(service), 503)
  while ((await readiness(service)) !== 200) await new Promise(setImmediate)
  assert.ok(messages.includes('Index is loaded'))
  assert.ok(messages.includes('embedding model loaded'))
  await working
})

test('a model that is damaged ends the start with the reason, and it was never ready', async (t) => {
  const modelsDir = await temporaryFolder(t)
  const shipped = fileURLToPath(new URL(`../models/${MODEL}`, import.meta.url))
  await cp(shipped, join(modelsDir, MODEL), { recursive: true })
  await appendFile(join(modelsDir, MODEL, 'model.onnx'), ' ')
  const service = await starting(t, { modelsDir })
  await assert.rejects(service.ready(), /model\.onnx of the embedding model .* is damaged/)
  // The index is there by then, and finds words.
  const search = {
    url: '/api/v1/search',
    method: 'POST',
    payload: { query: 'hedgehog', search_type: 'keyword' },
  } as const
  await eventually(
    async () => (await service.app.inject({ ...search, headers: HOST })).statusCode,
    (status) => status === 200,
  )
  assert.equal(await readiness(service), 503)
})

test('where there is no such model the start says which there are', async (t) => {
  const modelsDir = await temporaryFolder(t)
  await assert.rejects(starting(t, { modelsDir }), /no embedding model named "bge-small-en-v1\.5"; there is none/)
})
