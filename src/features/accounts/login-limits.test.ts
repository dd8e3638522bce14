import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import { createLoginLimits, LOGIN_LIMITS } from './login-limits.ts'

test('all addresses of an IPv6 network count as one: whoever has one of them has all', async () => {
  const limits = createLoginLimits({ ...LOGIN_LIMITS, perNetwork: 2 })
  await limits.attempt('2001:db8:1:2::1', 'a@example.org')
  await limits.attempt('2001:db8:1:2:ffff::2', 'b@example.org')
  await assert.rejects(limits.attempt('2001:db8:1:2::3', 'c@example.org'), AppError)
  await limits.attempt('2001:db8:1:3::1', 'c@example.org')
  // An IPv4 address is the same in either way of writing it, and another's is another.
  await limits.attempt('192.0.2.1')
  await limits.attempt('::ffff:192.0.2.1')
  await assert.rejects(limits.attempt('192.0.2.1'), AppError)
  await limits.attempt('192.0.2.2')
  // What was right is given back to the whole network.
  await limits.succeeded('2001:db8:1:2::9')
  await limits.succeeded('2001:db8:1:2::9')
  await limits.attempt('2001:db8:1:2::8')
})

test('of an account that fails from everywhere one attempt at a time is let through, and the others are told when', async () => {
  const limits = createLoginLimits({ ...LOGIN_LIMITS, perAccountAndNetwork: 2, perAccount: 3 })
  const attempt = (host: number, account = 'a@example.org') => limits.attempt(`192.0.2.${host}`, account)
  for (const host of [1, 1, 2]) assert.equal(await attempt(host), undefined)
  await assert.rejects(attempt(1), AppError)
  assert.equal(await attempt(3), undefined, 'the first one beyond the limit has its turn')
  const slowed = await attempt(4)
  assert.equal(slowed?.code, 'too_many_requests')
  assert.ok((slowed?.retryAfter ?? 0) >= 1 && (slowed?.retryAfter ?? 99) <= LOGIN_LIMITS.slowSeconds)
  assert.equal(await attempt(4, 'b@example.org'), undefined)
})
