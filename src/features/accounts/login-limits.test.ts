import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import { createLoginLimits } from './login-limits.ts'

test('all addresses of an IPv6 network count as one: whoever has one of them has all', async () => {
  const limits = createLoginLimits({ perAccount: 100, perAddress: 2, windowSeconds: 60 })
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
