import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siblingModule } from './module-url.ts'

test('a sibling has the extension of the module that asks, in the sources and in the built package', () => {
  assert.equal(siblingModule('file:///a/src/database/database.ts', './thread').href, 'file:///a/src/database/thread.ts')
  assert.equal(
    siblingModule('file:///a/dist/database/database.js', './thread').href,
    'file:///a/dist/database/thread.js',
  )
  assert.equal(siblingModule('file:///a/src/index/x/y.ts', '../thread').href, 'file:///a/src/index/thread.ts')
})

test('this very module finds its neighbour', async () => {
  const loaded: unknown = await import(siblingModule(import.meta.url, './module-url').href)
  assert.ok(typeof loaded === 'object' && loaded !== null && 'siblingModule' in loaded)
})
