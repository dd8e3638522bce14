import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ERRORS } from './errors.ts'

test('docs/errors.md lists the table, code by code, and nothing else', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \| (yes|no) \| \S/gm)]
  const documented = rows.map(([, code, status, retry]) => [
    code,
    { status: Number(status), retryable: retry === 'yes' },
  ])
  assert.equal(new Set(documented.map(([code]) => code)).size, rows.length)
  assert.deepEqual(Object.fromEntries(documented), ERRORS)
})
