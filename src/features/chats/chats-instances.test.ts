import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { forEachDatabase } from '../../../test/databases.ts'
import { memory } from '../../adapters/shared-state/memory/adapter.ts'
import { LOCAL_USER } from '../../core/ids.ts'
import type { StoredEvent } from './events-repository.ts'
import { all, ask, forever, message, start, streamed, textOf, twoInstances } from './chats.fixture.ts'

forEachDatabase('chats of several processes', ({ test, dialect }) => {
  test('what another process left unfinished is ended at the start, with what was stored', async (database, t) => {
    const { chats, source } = await start(t, database)
    const script = source.hold('Crash?')
    const { live, chatId } = await ask(chats, 'Crash?')
    script.delta('Half of ', 'it')
    const reader = live.read(0, forever)
    while (live.text() !== 'Half of it') await reader.next()
    // The other process is gone without a word: this one knows only the database.
    const next = await start(t, database)
    const events = await streamed(next.chats, live.id)
    assert.equal(textOf(events), 'Half of it')
    assert.equal(JSON.parse(events.at(-1)?.json ?? '').code, 'interrupted')
    const stored = await message(database, live.id)
    assert.deepEqual([stored.state, stored.content], ['interrupted', 'Half of it'])
    for (const { seq } of events) assert.deepEqual(await streamed(next.chats, live.id, seq), events.slice(seq))
    // The chat is free again.
    await (
      await ask(next.chats, 'Next?', chatId)
    ).live.ended
  })

  test('a stream on another instance hears of what is stored, and of nothing else', async (database, t) => {
    const shared = memory.create()
    // So long that it looks by itself at no time of the test.
    const apart = { shared, pollMs: 2 ** 30 }
    const [one, other] = [await start(t, database, apart), await start(t, database, apart)]
    const script = one.source.hold('Far?')
    const { live } = await ask(one.chats, 'Far?')
    await script.begun
    const events = (await other.chats.stream(LOCAL_USER, live.id, undefined))(forever)
    const seen: StoredEvent[] = []
    const reading = (async () => {
      for await (const event of events) seen.push(event)
    })()
    for (const word of ['one ', 'two ', 'three']) {
      script.delta(word)
      while (!textOf(seen).endsWith(word)) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    script.finish()
    await reading
    assert.deepEqual(seen, await streamed(one.chats, live.id))
    // A reader who leaves while nothing comes is let go.
    const held = one.source.hold('Left?')
    const second = await ask(one.chats, 'Left?')
    await held.begun
    const leaving = new AbortController()
    const left = all((await other.chats.stream(LOCAL_USER, second.live.id, undefined))(leaving.signal))
    leaving.abort()
    await left
    held.finish()
    await second.live.ended
  })

  test('what another instance wants of an answer is heard of without NOTIFY as well', async (database, t) => {
    const apart = { shared: memory.create(), pollMs: 2 ** 30 }
    const deaf = { ...database, signals: undefined }
    const [here, there] = twoInstances()
    const one = await start(t, deaf, { ...apart, instances: here })
    one.source.hold('Stopped?')
    const stopped = await ask(one.chats, 'Stopped?')
    // Its start leaves alone what one that lives is making.
    const other = await start(t, deaf, { ...apart, instances: there })
    assert.equal((await other.chats.stop(LOCAL_USER, stopped.chatId))?.state, 'interrupted')
    const end = await stopped.live.ended
    assert.equal(end?.state === 'interrupted' && end.reason, 'stopped')
    one.source.hold('Deleted?')
    const deleted = await ask(one.chats, 'Deleted?')
    await other.chats.remove(LOCAL_USER, deleted.chatId)
    assert.equal(await deleted.live.ended, undefined)
  })

  if (dialect === 'postgres')
    test('an answer goes on while it is read on another instance, and no longer', async (database, t) => {
      const [here, there] = twoInstances()
      const one = await start(t, database, { instances: here, graceMs: 500 })
      const other = await start(t, database, { instances: there, graceMs: 500 })
      const script = one.source.hold('Read?')
      const { live } = await ask(one.chats, 'Read?')
      await script.begun
      const leaving = new AbortController()
      const left = all((await other.chats.stream(LOCAL_USER, live.id, undefined))(leaving.signal))
      const over = live.ended.then((end) => (end?.state === 'interrupted' ? end.reason : end?.state))
      // As long as it would go on without a reader, several times.
      assert.equal(await Promise.race([over, sleep(2500)]), undefined)
      leaving.abort()
      await left
      assert.equal(await over, 'abandoned')
    })

  if (dialect === 'postgres')
    test('a reader on another instance who takes no further event for long still reads', async (database, t) => {
      const [here, there] = twoInstances()
      const one = await start(t, database, { instances: here, graceMs: 500 })
      const other = await start(t, database, { instances: there, graceMs: 500 })
      const script = one.source.hold('Slow?')
      const { live } = await ask(one.chats, 'Slow?')
      await script.begun
      const leaving = new AbortController()
      const events = (await other.chats.stream(LOCAL_USER, live.id, undefined))(leaving.signal)[Symbol.asyncIterator]()
      await events.next()
      assert.equal(await Promise.race([live.ended, sleep(2500)]), undefined)
      leaving.abort()
      const end = await live.ended
      assert.equal(end?.state === 'interrupted' && end.reason, 'abandoned')
    })
})
