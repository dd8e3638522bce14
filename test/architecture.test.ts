import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const CONFIGURATION = ['.dependency-cruiser.mjs', '.oxlintrc.json', 'tsconfig.json', 'package.json']

const folders: string[] = []
after(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

/** A small tree that keeps every rule, under the project's own configuration of the tools. */
const CLEAN: Readonly<Record<string, string>> = {
  'src/main.ts': "import { serve } from './cli/serve.ts'\nserve()\n",
  'src/cli/serve.ts': "import { compose } from '../compose.ts'\nexport const serve = (): string => compose()\n",
  'src/compose.ts': [
    "import { embedder } from './adapters/embedders/one/index.ts'",
    "import { ask } from './features/answering/service.ts'",
    "import { list } from './features/documents/service.ts'",
    'export const compose = (): string => embedder + ask + list',
    '',
  ].join('\n'),
  'src/adapters/embedders/one/index.ts':
    "import { word } from '../../../core/word.ts'\nimport { send } from '../../../egress/send.ts'\nexport const embedder = word + send\n",
  'src/adapters/embedders/two/index.ts': "export const other = 'other'\n",
  'src/adapters/parsers/text/index.ts': "export const text = 'text'\n",
  'src/features/answering/service.ts': "import { log } from '../../database/log.ts'\nexport const ask = log\n",
  'src/features/documents/service.ts': "import { page } from '../../http/page.ts'\nexport const list = page\n",
  'src/http/page.ts': "import { word } from '../core/word.ts'\nexport const page = word\n",
  'src/database/log.ts': "import { word } from '../core/word.ts'\nexport const log = word\n",
  'src/database/thread.ts': "import { log } from './log.ts'\nexport const started = log\n",
  'src/config/config.ts': 'export const port = process.env.PORT\n',
  'src/index/words.ts': "export const words = 'words'\n",
  'src/egress/send.ts': "import { request } from 'node:https'\nexport const send = request.name\n",
  'src/core/word.ts': "export const word = 'word'\n",
  'test/flow.test.ts': "import { word } from '../src/core/word.ts'\nexport const flow = word\n",
}

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-architecture-'))
  folders.push(folder)
  for (const name of CONFIGURATION) await cp(join(root, name), join(folder, name))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

interface Run {
  readonly code: number
  readonly out: string
}

const run = (cwd: string, script: string, args: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'node_modules', script), ...args],
      { cwd, maxBuffer: 2 ** 28 },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, out: stdout + stderr })
      },
    )
  })

const Report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    totalDependenciesCruised: z.number(),
    violations: z.array(z.object({ rule: z.object({ name: z.string() }), from: z.string(), to: z.string() })),
  }),
})

async function cruise(cwd: string, folders = ['src', 'test']) {
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders]
  const { out } = await run(cwd, 'dependency-cruiser/bin/dependency-cruiser.mjs', args)
  return Report.parse(JSON.parse(out)).summary
}

/** One file per violation, beside the clean tree (main.ts alone is changed in place). */
const VIOLATIONS: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['no-circle', 'src/core/loop.ts', "export { round as loop } from './round.ts'\n"],
  ['core-imports-nothing-of-ours', 'src/core/up.ts', "export { words } from '../index/words.ts'\n"],
  ['http-imports-only-core', 'src/http/aside.ts', "export { log } from '../database/log.ts'\n"],
  ['database-imports-only-core', 'src/database/aside.ts', "export { port } from '../config/config.ts'\n"],
  ['config-imports-only-core', 'src/config/aside.ts', "export { words } from '../index/words.ts'\n"],
  ['index-imports-only-core', 'src/index/up.ts', "export { ask } from '../features/answering/service.ts'\n"],
  ['egress-imports-only-core', 'src/egress/aside.ts', "export { page } from '../http/page.ts'\n"],
  [
    'adapters-import-only-core-and-egress',
    'src/adapters/embedders/two/down.ts',
    "export { log } from '../../../database/log.ts'\n",
  ],
  [
    'adapters-import-only-core-and-egress',
    'src/adapters/embedders/two/aside.ts',
    "export { ask } from '../../../features/answering/service.ts'\n",
  ],
  [
    'an-adapter-knows-no-other-port',
    'src/adapters/embedders/two/port.ts',
    "export { text } from '../../parsers/text/index.ts'\n",
  ],
  [
    'an-adapter-knows-no-other-implementation',
    'src/adapters/embedders/two/peer.ts',
    "export { embedder } from '../one/index.ts'\n",
  ],
  [
    'features-import-only-downwards',
    'src/features/documents/aside.ts',
    "export { text } from '../../adapters/parsers/text/index.ts'\n",
  ],
  ['features-import-only-downwards', 'src/features/documents/up.ts', "export { compose } from '../../compose.ts'\n"],
  [
    'a-feature-knows-no-other-feature',
    'src/features/documents/peer.ts',
    "export { ask } from '../answering/service.ts'\n",
  ],
  [
    'a-feature-knows-no-other-feature',
    'src/features/documents/types.ts',
    "import type { ask } from '../answering/service.ts'\nexport type Ask = typeof ask\n",
  ],
  ['compose-imports-only-downwards', 'src/compose/parts.ts', "export { serve } from '../cli/serve.ts'\n"],
  ['cli-imports-only-downwards', 'src/cli/up.ts', "import '../main.ts'\n"],
  ['main-calls-cli-only', 'src/main.ts', "export { page } from './http/page.ts'\n"],
  [
    'threads-import-only-downwards',
    'src/index/words/thread.ts',
    "export { ask } from '../../features/answering/service.ts'\n",
  ],
  ['threads-import-only-downwards', 'src/adapters/parsers/process.ts', "export { page } from '../../http/page.ts'\n"],
  ['threads-are-started-not-imported', 'src/database/starter.ts', "export { started } from './thread.ts'\n"],
  ['optional-packages-are-lazy', 'src/index/eager.ts', "export { InferenceSession } from 'onnxruntime-node'\n"],
  ['one-door-to-the-network', 'src/features/documents/door.ts', "export { request } from 'node:http'\n"],
  ['one-door-to-the-network', 'src/core/names.ts', "export { lookup } from 'node:dns/promises'\n"],
  ['one-door-to-the-network', 'src/compose/lazy.ts', "export const load = () => import('undici')\n"],
  [
    'one-door-to-the-network',
    'src/adapters/embedders/two/builtin.ts',
    "export const { request } = process.getBuiltinModule('node:https')\n",
  ],
  ['http-only-listens', 'src/http/names.ts', "export { lookup } from 'node:dns'\n"],
  ['http-only-listens', 'src/http/client.ts', "export { request } from 'undici'\n"],
  ['database-clients-in-database', 'src/features/documents/client.ts', "export { Client } from 'pg'\n"],
  [
    'redis-client-in-its-adapter',
    'src/features/documents/shared.ts',
    "export const client = (): Promise<unknown> => import('@redis/client')\n",
  ],
  [
    'vector-store-clients-in-their-adapter',
    'src/features/documents/vectors.ts',
    "export const load = () => import('@zilliz/milvus2-sdk-node')\n",
  ],
  ['one-place-starts-processes', 'src/features/documents/curl.ts', "export { execFile } from 'node:child_process'\n"],
  ['no-sockets-beside-the-door', 'src/features/documents/socket.ts', "export { connect } from 'node:net'\n"],
  ['the-product-imports-no-tests-or-tools', 'src/http/tested.ts', "export { flow } from '../../test/flow.test.ts'\n"],
  ['the-product-imports-no-development-package', 'src/http/dev.ts', "export { PDFDocument } from 'pdf-lib'\n"],
  ['no-unresolvable-import', 'src/http/gone.ts', "export { nothing } from './nothing.ts'\n"],
]

test('a tree that keeps the floors passes, and every module of it was read', async () => {
  const summary = await cruise(await tree(CLEAN))
  assert.deepEqual(summary.violations, [])
  // With a TypeScript that it cannot load, dependency-cruiser reads no module and passes.
  assert.ok(summary.totalCruised >= Object.keys(CLEAN).length)
})

test('one violation of each rule is found', async (t) => {
  const files: Record<string, string> = { ...CLEAN, 'src/core/round.ts': "export { loop as round } from './loop.ts'\n" }
  for (const [, file, text] of VIOLATIONS) files[file] = text + (CLEAN[file] ?? '')
  const { violations } = await cruise(await tree(files))
  for (const [rule, file] of VIOLATIONS) {
    await t.test(`${rule}: ${file}`, () => {
      const found = violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)
      assert.ok(found.includes(rule), `found ${found.join(', ') || 'nothing'}`)
    })
  }
})

test('every rule of the configuration has a planted violation', async () => {
  const configuration: unknown = await import(join(root, '.dependency-cruiser.mjs'))
  const { forbidden } = z
    .object({ default: z.object({ forbidden: z.array(z.object({ name: z.string() })) }) })
    .parse(configuration).default
  const planted = new Set(VIOLATIONS.map(([rule]) => rule))
  assert.deepEqual(
    forbidden.map(({ name }) => name).filter((name) => !planted.has(name)),
    [],
  )
})

test('this tree keeps the rules, and all its modules were read', async () => {
  const summary = await cruise(root, ['src'])
  assert.deepEqual(
    summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
    [],
  )
  const sources = (await readdir(join(root, 'src'), { recursive: true })).filter((name) => name.endsWith('.ts'))
  assert.ok(sources.length > 50)
  assert.ok(summary.totalCruised >= sources.length, `${summary.totalCruised} of ${sources.length} modules read`)
  assert.ok(summary.totalDependenciesCruised > sources.length)
})

const lint = (files: Readonly<Record<string, string>>): Promise<Run> =>
  tree({ ...CLEAN, ...files }).then((folder) => run(folder, 'oxlint/bin/oxlint', ['-f', 'unix', 'src']))

test('the environment is read in src/config/ alone', async () => {
  assert.deepEqual(await lint({}), { code: 0, out: '' })
  for (const text of [
    'export const home = process.env.HOME\n',
    'export const { env } = process\n',
    "import { env } from 'node:process'\nexport const home = env.HOME\n",
  ]) {
    const { code, out } = await lint({ 'src/http/home.ts': text })
    assert.equal(code, 1, text)
    assert.match(out, /src\/http\/home\.ts.*(process\.env|restricted)/)
  }
})

/** Ways to the network that are no import, or a part of one: what dependency-cruiser does not see. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  'src/features/documents/global.ts': "export const page = fetch('http://127.0.0.1/')\n",
  'src/features/documents/handed.ts': 'export const way: typeof fetch = fetch\n',
  'src/features/documents/property.ts': "export const page = globalThis.fetch('http://127.0.0.1/')\n",
  'src/features/documents/taken.ts': 'export const { fetch: way } = globalThis\n',
  'src/features/documents/older.ts': "export const page = global.fetch('http://127.0.0.1/')\n",
  'src/adapters/embedders/two/socket.ts': "export const socket = new WebSocket('ws://127.0.0.1/')\n",
  'src/adapters/embedders/two/events.ts': "export const events = new globalThis.EventSource('http://127.0.0.1/')\n",
  'src/compose/global.ts': "export const page = fetch('http://127.0.0.1/')\n",
  'src/config/global.ts': "export const page = globalThis.fetch('http://127.0.0.1/')\n",
  'src/core/socket.ts': "import { connect } from 'node:net'\nexport const socket = connect\n",
  'src/core/sockets.ts': "import * as net from 'node:net'\nexport const socket = net.connect\n",
  'src/core/bare.ts': "import { connect } from 'net'\nexport const socket = connect\n",
  'src/http/page-of-others.ts': "import { request } from 'node:http'\nexport const page = request\n",
  'src/http/pages-of-others.ts': "import http from 'node:http'\nexport const page = http.get\n",
  'src/http/secure.ts': "import { get } from 'node:https'\nexport const page = get\n",
  'src/http/socket.ts': "import { createConnection } from 'node:net'\nexport const socket = createConnection\n",
  'src/http/tls.ts': "import { connect } from 'node:tls'\nexport const socket = connect\n",
  'src/index/required.ts': "import { createRequire } from 'node:module'\nexport const load = createRequire('/')\n",
}

test('requests leave through src/egress/ alone', async () => {
  const fine = {
    'src/core/address.ts':
      "import { isIP } from 'node:net'\nexport const isAddress = (text: string) => isIP(text) !== 0\n",
    'src/http/server.ts': "import { Server } from 'node:http'\nexport const server = new Server()\n",
    'src/cli/client.ts': "export const own = () => fetch('http://127.0.0.1:8000/')\n",
    'src/egress/socket.ts': "import { connect } from 'node:net'\nexport const socket = connect\n",
    'src/adapters/embedders/one/asked.ts':
      "export const asked = (fetch: (address: string) => Promise<Response>) => fetch('http://127.0.0.1/')\n",
  }
  assert.deepEqual(await lint(fine), { code: 0, out: '' })
  const { code, out } = await lint(WAYS_OUT)
  assert.equal(code, 1)
  assert.deepEqual(
    Object.keys(WAYS_OUT).filter((file) => !out.includes(`${file}:`)),
    [],
  )
})
