import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { forEachDatabase, quietLogger } from '../../../test/databases.ts'
import { eventually } from '../../../test/service.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, type ChatId, type MessageId } from '../../core/ids.ts'
import type { Database } from '../../database/database.ts'
import {
  ask,
  forever,
  message,
  names,
  onlyInstance,
  refused,
  start,
  streamed,
  textOf,
  twoInstances,
} from './chats.fixture.ts'
import type { Asked } from './asking.ts'
import { endInterrupted } from './recovery.ts'
import type { ChatsService } from './service.ts'

/** A database whose commits come through though nobody is told so, as where it goes away at that moment. */
function losing(real: Database) {
  let lost = 0
  let isAway = false
  let staysAway = false
  let hold: Promise<void> | undefined
  const away = () => new AppError('not_ready', 'The database stopped answering.')
  const database: Database = {
    ...real,
    get read() {
      if (isAway) throw away()
      return real.read
    },
    async write(work) {
      if (isAway) throw away()
      const value = await real.write(work)
      await hold
      if (lost === 0) return value
      lost--
      isAway = staysAway
      throw away()
    },
  }
  return {
    database,
    /** The answers to the next commits. */
    loseNext: (commits = 1) => void (lost = commits),
    hasLost: () => lost === 0,
    /** From the next loss on. */
    stayAway: () => void (staysAway = true),
    away: (is: boolean) => void (isAway = is),
    hold: (until: Promise<void>) => void (hold = until),
  }
}

/** As soon as the chat takes a question. */
async function askWhenFree(chats: ChatsService, question: string, chatId: ChatId): Promise<Asked> {
  const asked = await eventually(
    () =>
      ask(chats, question, chatId).catch((error: unknown) =>
        refused('conflict')(error) ? undefined : Promise.reject(error),
      ),
    (given) => given !== undefined,
  )
  assert.ok(asked)
  return asked
}

const storedEvents = async ({ read }: Database, id: MessageId): Promise<number> =>
  (await read.selectFrom('answer_events').select('seq').where('message_id', '=', id).execute()).length

forEachDatabase('A commit whose answer got lost', ({ test }) => {
  test('locks no chat where it was a question’s', async (real, t) => {
    const { database, loseNext } = losing(real)
    const { chats, source } = await start(t, database, { instances: twoInstances()[0] })
    const first = await ask(chats, 'First?')
    await first.live.ended
    const goingOn = source.hold('Going on?')
    const other = await ask(chats, 'Going on?')
    await goingOn.begun
    await eventually(
      () => storedEvents(real, other.live.id),
      (stored) => stored === 3,
    )
    loseNext()
    await assert.rejects(ask(chats, 'Lost?', first.chatId), refused('not_ready'))
    const next = await askWhenFree(chats, 'Next?', first.chatId)
    assert.equal((await next.live.ended)?.state, 'complete')
    const rows = await chats.messages(LOCAL_USER, first.chatId, { limit: 10, offset: 0 })
    const [lostQuestion, lostAnswer] = rows.slice(2)
    assert.deepEqual([lostQuestion?.content, lostAnswer?.state], ['Lost?', 'interrupted'])
    assert.ok(lostAnswer)
    assert.equal(names(await streamed(chats, lostAnswer.id)).at(-1), 'error')
    // What this instance is making was left alone.
    goingOn.delta('Still here.')
    goingOn.finish()
    assert.equal((await other.live.ended)?.state, 'complete')
  })

  test('is waited for by whoever looks for answers that nobody makes', async (real, t) => {
    const { database, hold } = losing(real)
    const { chats } = await start(t, database, { instances: twoInstances()[0] })
    // Longer than it takes until it is looked for them.
    hold(sleep(2500))
    const { live } = await ask(chats, 'Slow?')
    assert.equal((await live.ended)?.state, 'complete')
  })

  test('is no harm to answers in the middle of their streams', async (real, t) => {
    const { database, loseNext, hasLost } = losing(real)
    const { chats, source } = await start(t, database)
    const held = ['One?', 'Two?'].map((question) => ({ question, script: source.hold(question) }))
    const lives = await Promise.all(held.map(async ({ question }) => (await ask(chats, question)).live))
    await Promise.all(held.map(({ script }) => script.begun))
    await eventually(
      () => Promise.all(lives.map(({ id }) => storedEvents(real, id))),
      (all) => all.every((n) => n === 3),
    )
    for (const together of [held.slice(0, 1), held]) {
      loseNext()
      for (const { script } of together) script.delta('lost ')
      await eventually(async () => hasLost(), Boolean)
    }
    for (const { script } of held) {
      script.delta('and found')
      script.finish()
    }
    for (const [i, live] of lives.entries()) {
      assert.equal((await live.ended)?.state, 'complete')
      const events = await streamed(chats, live.id)
      assert.equal(textOf(events), i === 0 ? 'lost lost and found' : 'lost and found')
      const stored = await message(database, live.id)
      assert.deepEqual([stored.state, stored.content], ['complete', textOf(events)])
    }
  })

  test('tells the end as it is stored', async (real, t) => {
    for (const isAwayAfter of [false, true]) {
      const { database, loseNext, hasLost, stayAway, away } = losing(real)
      const { chats, source, answered } = await start(t, database)
      const script = source.hold('End?')
      const { live, chatId } = await ask(chats, 'End?')
      await script.begun
      script.delta('The end.')
      await eventually(
        async () => live.text(),
        (text) => text === 'The end.',
      )
      loseNext()
      if (isAwayAfter) stayAway()
      script.finish()
      await eventually(async () => hasLost(), Boolean)
      away(false)
      assert.equal((await live.ended)?.state, 'complete')
      assert.equal(answered.length, 1)
      assert.equal(names(await streamed(chats, live.id)).at(-1), 'done')
      assert.equal((await message(database, live.id)).state, 'complete')
      await ask(chats, 'Next?', chatId)
    }
  })

  test('is found out of when the database is back', async (real, t) => {
    const { database, loseNext, stayAway, away } = losing(real)
    const { chats, source } = await start(t, database)
    const script = source.hold('Away?')
    const { live, chatId } = await ask(chats, 'Away?')
    const signal = await script.begun
    await eventually(
      () => storedEvents(real, live.id),
      (n) => n === 3,
    )
    loseNext()
    stayAway()
    script.delta('Half of it')
    await eventually(async () => signal.aborted, Boolean)
    away(false)
    assert.equal((await live.ended)?.state, 'failed')
    const events = await streamed(chats, live.id)
    assert.deepEqual([textOf(events), names(events).at(-1)], ['Half of it', 'error'])
    const stored = await message(database, live.id)
    assert.deepEqual([stored.state, stored.content], ['failed', 'Half of it'])
    await ask(chats, 'Next?', chatId)
  })

  test('is not mixed up with another process that ended the answer', async (real, t) => {
    const { chats, source } = await start(t, real)
    const script = source.hold('Dead?')
    const { live, chatId } = await ask(chats, 'Dead?')
    await script.begun
    script.delta('Half of it')
    await eventually(
      async () => live.text(),
      (text) => text === 'Half of it',
    )
    const other = { database: real, instances: onlyInstance(), isMadeHere: () => false, logger: quietLogger }
    assert.equal(await endInterrupted({ ...other, clock: { now: () => new Date() } }), 1)
    const reading = (async () => {
      const read = []
      for await (const event of live.read(0, forever)) read.push(event)
      return read
    })()
    script.delta(', and more')
    const end = await live.ended
    assert.equal(end?.state === 'interrupted' && end.reason, 'shutdown')
    const events = await reading
    assert.deepEqual(events, await streamed(chats, live.id))
    assert.deepEqual([textOf(events), names(events).at(-1)], ['Half of it', 'error'])
    await ask(chats, 'Next?', chatId)
  })
})
