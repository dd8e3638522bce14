import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { kernel, KERNELS } from '../scripts/vector-kernel.ts'

for (const name of KERNELS) {
  test(`the committed ${name} kernel is what its source gives`, async () => {
    const committed = await readFile(new URL(`../src/index/kernels/${name}.wasm`, import.meta.url))
    assert.deepEqual(new Uint8Array(committed), await kernel(name), 'npm run kernel writes it anew')
  })
}
