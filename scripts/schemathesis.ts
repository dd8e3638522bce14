// Thousands of generated requests against a running server, by its own /openapi.json: no server error, no status,
// header, type or body that is not documented, and nothing without a token. Needs Python; where that is missing it is
// skipped with the reason, but not in CI.
//
//   npm run schemathesis [-- EXAMPLES [SECONDS]]   generated cases for each operation, and phase; time that they have
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './drills/server.ts'

const VERSION = '4.32.5'
// CI has a minute and a half for it; `npm run verify -- schemathesis` asks five times as much of each operation.
const [EXAMPLES = '20', SECONDS = '75'] = process.argv.slice(2)
/** What takes a log-in are few operations. */
const LOG_IN_SHARE = 0.25
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
]

const folder = mkdtempSync(join(tmpdir(), 'evident-schemathesis-'))
try {
  const program = install()
  if (program !== undefined) await check(program)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The program in a Python environment of its own. */
function install(): string | undefined {
  const environment = join(folder, 'python')
  try {
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'pipe' })
    execFileSync(join(environment, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`], { stdio: 'pipe' })
    return join(environment, 'bin', 'schemathesis')
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error
    console.log(`schemathesis: skipped, it could not be installed: ${String(error).split('\n')[0]}`)
    return undefined
  }
}

async function check(program: string): Promise<void> {
  const server = await startServer({
    dataDir: join(folder, 'data'),
    env: { AUTH_MODE: 'required', RATE_LIMIT_REQUESTS: '0', UPLOAD_WAIT: '0', LOG_LEVEL: 'warn' },
  })
  try {
    const session = await signUp(server.url, 'ann@example.org')
    // An API token: what ends sessions or the account itself is refused to it, so that the run keeps its way in.
    const { token } = await post(`${server.url}/api/auth/tokens`, { name: 'run', scope: 'admin' }, session)
    const asToken = await run(program, server.url, token, Number(SECONDS))
    // What takes a log-in, as somebody whom the first run did not know and so has left alone.
    const other = await signUp(server.url, 'ben@example.org')
    const asPerson = await run(
      program,
      server.url,
      other,
      Math.ceil(LOG_IN_SHARE * Number(SECONDS)),
      '/api/auth/(me|profile|upload-avatar|tokens)',
    )
    const failed = !asToken || !asPerson
    const faults = server
      .output()
      .split('\n')
      .filter((line) => /"level":[56]0|unhandled|uncaught/i.test(line))
    assert.deepEqual(faults, [], 'the server logged failures of its own')
    process.exitCode = failed ? 1 : 0
  } finally {
    await server.stop()
  }
}

async function signUp(url: string, email: string): Promise<string> {
  const person = { name: 'Somebody', email, password: 'a password for tests' }
  return (await post(`${url}/api/auth/signup`, person)).access_token
}

async function post(url: string, body: object, token?: string): Promise<Record<'access_token' | 'token', string>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as Record<'access_token' | 'token', string>
}

/** Gives whether nothing was found in so many seconds. */
async function run(program: string, url: string, token: string, seconds: number, paths?: string): Promise<boolean> {
  // Google sign-in is 503 until it is set up, as the contract says, and set up it would ask another server for keys;
  // test/google.test.ts has that server.
  const only = paths === undefined ? ['--exclude-path', '/api/auth/google'] : ['--include-path-regex', paths]
  const options = [
    '--checks',
    CHECKS.join(','),
    '-n',
    EXAMPLES,
    '--workers',
    '2',
    '--seed',
    '1',
    '--max-time',
    String(seconds),
  ]
  const header = ['-H', `Authorization: Bearer ${token}`]
  const child = spawn(program, ['run', `${url}/openapi.json`, ...options, '--no-color', ...only, ...header], {
    cwd: folder,
    stdio: 'inherit',
  })
  await once(child, 'exit')
  return child.exitCode === 0
}
