import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { quietLogger } from '../../../../test/quiet-logger.ts'
import { memoryReplica } from './memory-replica.fixture.ts'
import { createProbes } from './probes.ts'

test('a probe that began before a search failed does not clear the server of it', async (t) => {
  const replica = memoryReplica()
  const closing = new AbortController()
  t.after(() => closing.abort())
  const answers: (() => void)[] = []
  const { probe } = replica
  const slow = {
    ...replica,
    async probe() {
      await new Promise<void>((resolve) => void answers.push(resolve))
      return probe()
    },
  }
  const probes = createProbes(
    {
      replica: () => slow,
      logger: quietLogger,
      closing: closing.signal,
      onAnswer: () => undefined,
      onFailure: (error) => assert.fail(String(error)),
    },
    { intervalMs: 60_000, timeoutMs: 60_000 },
  )
  const first = probes.once(slow)
  probes.suspect()
  const second = probes.once(slow)
  answers[0]?.()
  await first
  assert.equal(probes.isSuspect(), true)
  await turn()
  assert.equal(answers.length, 2)
  answers[1]?.()
  await second
  assert.equal(probes.isSuspect(), false)
})
