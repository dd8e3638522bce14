import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProviderFailure } from '../core/provider-failure.ts'
import { ServiceTurns } from './service-turns.ts'

const turnsOf = (most: number) => new ServiceTurns({ most, reserved: 0, first: 20_000, longest: 20_000 })
const never = (): Promise<never> => Promise.reject(new Error('It was begun'))

test('whoever has left already gets no turn, and takes none from another', async () => {
  const turns = turnsOf(1)
  const reason = new Error('gone')
  const signal = AbortSignal.abort(reason)
  await assert.rejects(turns.run(never, { urgent: true, signal }), (error) => error === reason)
  const running = Promise.withResolvers<void>()
  const first = turns.run(() => running.promise, { urgent: true })
  // The place is taken: without a look at the signal this would wait for ever, as its abort is over.
  await assert.rejects(turns.run(never, { urgent: true, signal }), (error) => error === reason)
  running.resolve()
  await first
  assert.equal(await turns.run(async () => 'served', { urgent: true }), 'served')
})

test('whoever leaves at any instant before the work begins has none begun', async () => {
  const reason = new Error('gone')
  for (let steps = 0; steps < 12; steps++) {
    const turns = turnsOf(1)
    const running = Promise.withResolvers<void>()
    const leaving = new AbortController()
    const first = turns.run(() => running.promise, { urgent: true })
    const second = turns.run(
      async () => {
        if (leaving.signal.aborted) throw new Error(`It was begun though its asker had left, ${steps} steps before`)
      },
      { urgent: true, signal: leaving.signal },
    )
    const ended = second.catch((error: unknown) => assert.equal(error, reason))
    running.resolve()
    for (let i = 0; i < steps; i++) await Promise.resolve()
    leaving.abort(reason)
    await Promise.all([first, ended])
    assert.equal(await turns.run(async () => 'served', { urgent: true }), 'served')
  }
})

test('a pause that the service asks for ends with the reason of whoever leaves', async () => {
  const turns = turnsOf(1)
  turns.failed(new ProviderFailure('not_ready', 'Busy.', { kind: 'unavailable', busy: true }))
  const leaving = new AbortController()
  const reason = new Error('gone')
  const waiting = assert.rejects(
    turns.run(never, { urgent: false, signal: leaving.signal }),
    (error) => error === reason,
  )
  setImmediate(() => leaving.abort(reason))
  await waiting
})
