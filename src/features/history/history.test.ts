import assert from 'node:assert/strict'
import { addUser, forEachDatabase } from '../../../test/databases.ts'
import { LOCAL_USER, type UserId } from '../../core/ids.ts'
import { createHistory, historyRetention } from './history.ts'

forEachDatabase('Histories', ({ test }) => {
  test('keep the newest entries of each person, however many others there are', async (database) => {
    const { record, list } = createHistory({ database, clock: { now: () => new Date() } })
    const users = [LOCAL_USER, await addUser(database, 'ann'), await addUser(database, 'zoe')]
    const add = (userId: UserId, n: number) =>
      record({
        userId,
        chatId: null,
        sessionId: null,
        question: `${userId} ${n}`,
        answer: 'a',
        confidence: 1,
        sources: [{ id: 'doc' }],
        reasoning: '',
        seconds: 1,
      })
    // In turn, so that the numbers of one person are not together.
    for (let n = 0; n < 9; n++) for (const [i, user] of users.entries()) if (n < 3 * (i + 1)) await add(user, n)
    let slices = 0
    await historyRetention(database, 4).remove(async (slice) => {
      do slices++
      while ((await slice(2)) === 2)
    })
    const left = await Promise.all(users.map((user) => list(user, 50, 0)))
    assert.deepEqual(
      left.map((page) => page?.entries.map(({ question }) => question)),
      [
        ['local 2', 'local 1', 'local 0'],
        ['ann 5', 'ann 4', 'ann 3', 'ann 2'],
        ['zoe 8', 'zoe 7', 'zoe 6', 'zoe 5'],
      ],
    )
    assert.equal(slices, 2 + 3)
    const links = await database.read.selectFrom('history_documents').select('entry_id').execute()
    assert.equal(links.length, 11)
  })
})
