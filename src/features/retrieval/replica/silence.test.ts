import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplicaRow } from '../../../database/vector-replicas.ts'
import { createSilence } from './silence.ts'

test('who beats no more is silent, unless nobody asked meanwhile', (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const row = (beat: number): ReplicaRow => ({
    name: 'one',
    state: 'current',
    position: 1,
    writer: 'me',
    beat,
    comparison_wanted: 0,
    comparison: null,
  })
  const isSilent = createSilence(15_000)
  const ask = (at: number, beat: number): boolean => {
    now = at
    return isSilent(row(beat))
  }
  for (let at = 0; at < 20_000; at += 5000) assert.equal(ask(at, at), false)
  assert.equal(ask(20_000, 15_000), false)
  assert.equal(ask(25_000, 15_000), false)
  assert.equal(ask(30_000, 15_000), true)
  // The server was away, and nobody looked.
  assert.equal(ask(60_000, 15_000), false)
  assert.equal(ask(67_000, 15_000), false)
  assert.equal(ask(74_000, 15_000), false)
  assert.equal(ask(75_000, 15_000), true)
})
