import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { kernel, type Build } from '../scripts/vector-kernel.ts'

for (const build of ['relaxed', 'plain'] satisfies Build[]) {
  test(`the committed ${build} kernel is what its source gives`, async () => {
    const committed = await readFile(new URL(`../src/index/kernels/${build}.wasm`, import.meta.url))
    assert.deepEqual(new Uint8Array(committed), await kernel(build), 'npm run kernel writes it anew')
  })
}
