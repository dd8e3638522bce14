// npm run test:postgres [-- --short | FILE…]: the tests of `npm test` with the service on PostgreSQL. All of them, those whose
// subject is what the database keeps (for CI), or the named files.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CHOSEN } from '../test/postgres.ts'

/** Repositories, jobs and the change log need no run of their own: their tests have both databases in every run. */
const SHORT = [
  'accounts',
  'authentication',
  'authorization',
  'chats',
  'deletion',
  'diagnostics',
  'documents-ends',
  'documents-races',
  'naughty',
  'result-cache',
  'users',
].map((name) => `test/${name}.test.ts`)

const given = process.argv.slice(2)
const files = given[0] === '--short' ? SHORT : given.length > 0 ? given : ['src/**/*.test.ts', 'test/*.test.ts']
const { status } = spawnSync(
  process.execPath,
  [
    '--import',
    './test/compile-cache.ts',
    '--test',
    '--test-global-setup=./test/shared-postgres.ts',
    '--test-concurrency=2',
    ...files,
  ],
  { cwd: join(import.meta.dirname, '..'), env: { ...process.env, [CHOSEN]: 'postgres' }, stdio: 'inherit' },
)
process.exitCode = status ?? 1
