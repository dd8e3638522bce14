import assert from 'node:assert/strict'
import { forEachDatabase } from '../../../test/databases.ts'
import { ask, asker, message, refused, start } from './chats.fixture.ts'

forEachDatabase('Answering again', ({ test }) => {
  test('answering again keeps the earlier answer, which then names the new one', async (database, t) => {
    const { chats, source } = await start(t, database)
    const first = await ask(chats, 'Again?')
    await first.live.ended
    const script = source.hold('Again?')
    script.delta('Newer [1].')
    script.finish()
    const second = await chats.regenerate({ ...asker(), chatId: first.chatId })
    assert.equal(second.questionId, first.questionId)
    await second.live.ended
    const earlier = JSON.parse((await message(database, first.live.id)).metadata) as { superseded_by: number }
    assert.equal(earlier.superseded_by, second.live.id)
    assert.deepEqual(source.asked[1]?.history, [])
    // Of the two answers the newer one counts for what comes next.
    await (
      await ask(chats, 'And then?', first.chatId)
    ).live.ended
    assert.deepEqual(source.asked[2]?.history, [
      { role: 'user', content: 'Again?' },
      { role: 'assistant', content: 'Newer [1].' },
    ])
  })

  test('the question that is answered again is the last one when its answer is stored', async (database, t) => {
    const { chats, source } = await start(t, database)
    const first = await ask(chats, 'First?')
    await first.live.ended
    const { check } = source
    // While the question is looked at, another one is asked and answered.
    source.check = async (question) => {
      source.check = check
      const second = await ask(chats, 'Second?', first.chatId)
      await second.live.ended
      return check(question)
    }
    await assert.rejects(chats.regenerate({ ...asker(), chatId: first.chatId }), refused('conflict'))
    assert.deepEqual(
      source.asked.map(({ question }) => question),
      ['First?', 'Second?'],
    )
  })
})
