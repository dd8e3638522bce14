import assert from 'node:assert/strict'
import { addUser, forEachDatabase } from '../../../test/databases.ts'
import type { UserId } from '../../core/ids.ts'
import { hasLoggedInFrom, NETWORK_KEPT_MS, noteNetwork } from './login-networks.ts'

forEachDatabase('Networks of log-ins', ({ test }) => {
  test('the networks of a person are kept for some months, and no more than some', async (database) => {
    let time = Date.parse('2026-01-01T00:00:00.000Z')
    const ada = await addUser(database, 'ada')
    const note = (address: string) => database.write((tx) => noteNetwork(tx, ada, address, new Date((time += 1000))))
    const known = (address: string, user: UserId | null = ada) =>
      hasLoggedInFrom(database.read, user, address, new Date(time))
    await note('2001:db8:1:2::1')
    assert.deepEqual([await known('2001:db8:1:2::9'), await known('2001:db8:1:3::9')], [true, false])
    assert.equal(await known('2001:db8:1:2::1', null), false)
    for (let n = 0; n < 25; n++) await note(`192.0.2.${n}`)
    assert.deepEqual(
      [await known('192.0.2.24'), await known('192.0.2.5'), await known('192.0.2.4')],
      [true, true, false],
    )
    time += NETWORK_KEPT_MS - 10_000
    await note('192.0.2.20')
    assert.deepEqual([await known('192.0.2.24'), await known('192.0.2.12')], [true, false])
    assert.equal((await database.read.selectFrom('login_networks').select('network').execute()).length, 10)
  })
})
