import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../core/errors.ts'
import type { UserId } from '../core/ids.ts'
import { createAnswerPlaces, type AnswerTaker } from './answer-places.ts'

const caller = (name: string, via: AnswerTaker['via'] = 'session'): AnswerTaker => ({ userId: name as UserId, via })
const refused = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'too_many_requests' && (error.retryAfter ?? 0) >= 1

test('each caller has so many places, by whatever token, and each is given back once', async () => {
  const places = createAnswerPlaces(2)
  const leave = places.take(caller('ann'))
  places.take(caller('ann', 'token'))
  assert.throws(() => places.take(caller('ann')), refused)
  places.take(caller('bob'))
  leave()
  leave()
  const failed = places.during(caller('ann'), async () => {
    assert.throws(() => places.take(caller('ann')), refused)
    throw new Error('no answer')
  })
  await assert.rejects(failed, /no answer/)
  assert.equal(await places.during(caller('ann'), async () => 'an answer'), 'an answer')
  await assert.rejects(
    places.during(caller('ann'), () => places.during(caller('ann'), async () => 'one too many')),
    refused,
  )
})

test('the local administrator has as many as he likes, and everybody has where there is no limit', () => {
  const few = createAnswerPlaces(1)
  for (let n = 0; n < 5; n++) few.take(caller('local', 'local'))
  const many = createAnswerPlaces(undefined)
  for (let n = 0; n < 5; n++) many.take(caller('ann'))
})
