import assert from 'node:assert/strict'
import { addUser, forEachDatabase, quietLogger } from '../../../test/databases.ts'
import { memory } from '../../adapters/shared-state/memory/adapter.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, type ChatId, type MessageId } from '../../core/ids.ts'
import { createAnswerPlaces } from '../../http/answer-places.ts'
import type { StoredEvent } from './events-repository.ts'
import { EVENTS_KEPT_MS } from './recovery.ts'
import { createScriptedSource } from './scripted-source.fixture.ts'
import { createChats } from './service.ts'
import {
  all,
  ask,
  asker,
  forever,
  message,
  names,
  onlyInstance,
  refused,
  start,
  streamed,
  textOf,
} from './chats.fixture.ts'

forEachDatabase('chats', ({ test }) => {
  test('an answer is stored as it was streamed, with its history and its count', async (database, t) => {
    const { chats, source, answered } = await start(t, database)
    const { live, chatId, questionId } = await ask(chats, '  Does the ferry sail?\r\n')
    const events = await all(live.read(0, forever))
    assert.deepEqual(
      names(events).filter((name, i, every) => name !== every[i - 1]),
      ['saved', 'start', 'meta', 'delta', 'saved', 'done'],
    )
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, i) => i + 1),
    )
    const data = events.map(({ json }) => JSON.parse(json))
    assert.deepEqual(data[0], { question_message_id: questionId })
    assert.deepEqual(data[1], {
      chat_id: chatId,
      request_id: 'request',
      answer_message_id: live.id,
      model_used: 'scripted',
    })
    assert.deepEqual(data.at(-2), { answer_message_id: live.id })
    const content = 'About Does the ferry sail?: yes [1].'
    assert.equal(textOf(events), content)
    const done = data.at(-1)
    assert.equal(done.full_content_len, content.length)
    assert.equal(done.original_question_length, 24)
    assert.equal(done.used_question_length, 20)
    assert.equal(done.citations[0].quote, 'a quote')

    await live.ended
    const stored = await message(database, live.id)
    assert.equal(stored.content, content)
    assert.equal(stored.state, 'complete')
    assert.equal(stored.reply_to, questionId)
    assert.equal((await message(database, questionId)).content, 'Does the ferry sail?')
    assert.deepEqual(source.asked[0]?.systemPrompt, 'Be brief.')
    assert.equal(answered.length, 1)
    const history = await database.read.selectFrom('question_history').selectAll().execute()
    assert.deepEqual(
      history.map(({ question, answer, chat_id }) => [question, answer, chat_id]),
      [['Does the ferry sail?', content, chatId]],
    )
    assert.equal((await chats.chat(LOCAL_USER, chatId)).title, 'Does the ferry sail?')
  })

  test('a reader who comes back gets exactly the rest, from every place, during and after', async (database, t) => {
    const { chats, source } = await start(t, database)
    const script = source.hold('Ships?')
    const { live } = await ask(chats, 'Ships?')
    const reading = all(live.read(0, forever))
    await script.begun
    const first = live.read(0, forever)
    const early: StoredEvent[] = []
    for (let i = 0; i < 12; i++) {
      script.delta(`piece ${i} 😀`)
      while (textOf(early).length < live.text().length || !textOf(early).endsWith(`piece ${i} 😀`)) {
        const { value } = await first.next()
        if (value !== undefined) early.push(value)
      }
    }
    // From the middle, while the answer is being made.
    const midway = await Promise.all(
      early.map(async (event) => ({
        seq: event.seq,
        rest: all((await chats.stream(LOCAL_USER, live.id, event.seq))(forever)),
      })),
    )
    script.finish()
    const events = await reading
    for (const { seq, rest } of midway) assert.deepEqual(await rest, events.slice(seq))
    for (let seq = 0; seq <= events.length; seq++) {
      assert.deepEqual(await streamed(chats, live.id, seq), events.slice(seq), `after ${seq}`)
    }
    assert.deepEqual(await streamed(chats, live.id), events)
    assert.equal((await message(database, live.id)).content, textOf(events))
  })

  test('of asks to one chat at the same moment one is taken, and only its question is stored', async (database, t) => {
    const { chats, source } = await start(t, database)
    const { live, chatId } = await ask(chats, 'First?')
    await live.ended
    const scripts = ['a?', 'b?', 'c?'].map((question) => source.hold(question))
    const outcomes = await Promise.allSettled(['a?', 'b?', 'c?'].map((question) => ask(chats, question, chatId)))
    const taken = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    assert.equal(taken.length, 1)
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(refused('conflict')(outcome.reason))
    assert.equal(await chats.count(chatId), 4)
    scripts.forEach((script) => script.finish())
    await taken[0]?.value.live.ended
  })

  test('an answer that is stopped keeps what was written, and its model is told', async (database, t) => {
    const { chats, source } = await start(t, database)
    const script = source.hold('Long?')
    const { live, chatId } = await ask(chats, 'Long?')
    const signal = await script.begun
    script.delta('As far as ', 'this')
    const reader = live.read(0, forever)
    while (live.text() !== 'As far as this') await reader.next()
    const rest = all(reader)
    const stopped = await chats.stop(LOCAL_USER, chatId)
    assert.equal(signal.aborted, true)
    assert.equal(stopped?.state, 'interrupted')
    assert.equal(stopped.content, 'As far as this')
    const last = (await rest).at(-1)
    assert.equal(last?.event, 'error')
    assert.equal(JSON.parse(last.json).code, 'interrupted')
    assert.equal(await chats.stop(LOCAL_USER, chatId), undefined)
    assert.deepEqual((await streamed(chats, live.id)).at(-1), last)
  })

  test('what a model breaks off stays, with the reason', async (database, t) => {
    const { chats, source } = await start(t, database)
    const script = source.hold('Why?')
    const { live, chatId, questionId } = await ask(chats, 'Why?')
    script.delta('Because')
    script.fail(new AppError('upstream_failed', 'The model went away.'))
    const events = await all(live.read(0, forever))
    assert.deepEqual(names(events), ['saved', 'start', 'meta', 'delta', 'error'])
    assert.equal(JSON.parse(events.at(-1)?.json ?? '').status_code, 502)
    const stored = await message(database, live.id)
    assert.deepEqual([stored.state, stored.content], ['failed', 'Because'])
    await assert.rejects(chats.completed({ chatId, questionId, live }, LOCAL_USER, forever), refused('upstream_failed'))
  })

  test('nobody reading, an answer goes on for the grace and then stops', async (database, t) => {
    const { chats, source } = await start(t, database, { graceMs: 30 })
    const script = source.hold('Alone?')
    const { live } = await ask(chats, 'Alone?')
    await script.begun
    script.delta('a')
    const leave = new AbortController()
    const reader = live.read(0, leave.signal)
    while (live.text() !== 'a') await reader.next()
    // Somebody reads: longer than the grace it goes on.
    await new Promise((resolve) => setTimeout(resolve, 100))
    script.delta('b')
    while (live.text() !== 'ab') await reader.next()
    // Waiting for what never comes when it leaves, as a real reader does.
    void reader.next()
    leave.abort()
    const end = await live.ended
    assert.deepEqual([end?.state, end?.content], ['interrupted', 'ab'])
    assert.equal(
      (JSON.parse((await message(database, live.id)).metadata) as { interrupted: string }).interrupted,
      'abandoned',
    )
  })

  test('a second answer in a chat has to wait for the first; other chats have not', async (database, t) => {
    const { chats, source } = await start(t, database)
    const script = source.hold('One?')
    const { live, chatId } = await ask(chats, 'One?')
    await script.begun
    await assert.rejects(ask(chats, 'Two?', chatId), refused('conflict'))
    await assert.rejects(chats.regenerate({ ...asker(), chatId }), refused('conflict'))
    assert.equal(await chats.count(chatId), 2)
    const others = await Promise.all(['A?', 'A?', 'B?'].map((question) => ask(chats, question)))
    assert.equal(new Set(others.map((other) => other.chatId)).size, 3)
    script.finish()
    await live.ended
    await (
      await ask(chats, 'Two?', chatId)
    ).live.ended
    assert.equal(await chats.count(chatId), 4)
  })

  test("another's chat is as one that does not exist", async (database, t) => {
    const { chats } = await start(t, database)
    const ann = await addUser(database, 'ann')
    const { live, chatId } = await ask(chats, 'Mine?')
    await live.ended
    const unknown = 'nothing' as ChatId
    for (const attempt of [
      (id: ChatId) => ask(chats, 'Yours?', id, ann),
      (id: ChatId) => chats.regenerate({ ...asker(ann), chatId: id }),
      (id: ChatId) => chats.stop(ann, id),
      (id: ChatId) => chats.remove(ann, id),
      (id: ChatId) => chats.rename(ann, id, 'x'),
      (id: ChatId) => chats.autoTitle(ann, id),
      (id: ChatId) => chats.messages(ann, id, { limit: 1, offset: 0 }),
      (id: ChatId) => chats.messagePage(ann, id, { before: undefined, page: 1, size: 1 }),
    ]) {
      const [other, none] = await Promise.all([chatId, unknown].map((id) => attempt(id).catch((error: Error) => error)))
      assert.ok(other instanceof AppError && none instanceof AppError)
      assert.equal(other.message.replace(chatId, unknown), none.message)
      assert.equal(other.code, 'not_found')
    }
    await assert.rejects(streamed(chats, live.id, undefined, ann), refused('not_found'))
    assert.equal(await chats.count(chatId), 2)
  })

  test('an answer has a place of its asker until it has ended, however it ends', async (database, t) => {
    const ann = await addUser(database, 'ann')
    const { chats, source } = await start(t, database, { places: createAnswerPlaces(2) })
    const scripts = ['One?', 'Two?'].map((question) => source.hold(question))
    const [one, two] = [await ask(chats, 'One?'), await ask(chats, 'Two?')]
    await Promise.all(scripts.map(({ begun }) => begun))
    const third = () => ask(chats, 'Three?')
    await assert.rejects(third, refused('too_many_requests'))
    await assert.rejects(chats.regenerate({ ...asker(), chatId: one.chatId }), refused('too_many_requests'))
    // Whoever asks counts, whosever chat it is in.
    const inAnothersName = { ...asker(ann), by: asker().by, question: 'Three?', chatId: undefined }
    await assert.rejects(chats.ask(inAnothersName), refused('too_many_requests'))
    await (
      await ask(chats, 'Mine?', undefined, ann)
    ).live.ended
    assert.equal(await chats.count(one.chatId), 2, 'nothing of what is refused is stored')

    scripts[0]?.fail(new Error('no'))
    await one.live.ended
    await assert.rejects(ask(chats, ' '), refused('empty_question'))
    await assert.rejects(ask(chats, 'Wait?', two.chatId), refused('conflict'))
    await (
      await third()
    ).live.ended
    await chats.stop(LOCAL_USER, two.chatId)
    const both = [source.hold('Four?'), source.hold('Five?')]
    await ask(chats, 'Four?')
    await ask(chats, 'Five?')
    await Promise.all(both.map(({ begun }) => begun))
    await assert.rejects(third, refused('too_many_requests'))
  })

  test('a chat that is deleted takes its messages, events and history along, and stops its answer', async (database, t) => {
    const { chats, source } = await start(t, database)
    const script = source.hold('Gone?')
    const { live, chatId } = await ask(chats, 'Gone?')
    const kept = await ask(chats, 'Kept?')
    await kept.live.ended
    const signal = await script.begun
    await chats.remove(LOCAL_USER, chatId)
    assert.equal(signal.aborted, true)
    await assert.rejects(chats.chat(LOCAL_USER, chatId), refused('not_found'))
    await assert.rejects(streamed(chats, live.id), refused('not_found'))
    const messages = await database.read.selectFrom('messages').select('chat_id').execute()
    assert.deepEqual(new Set(messages.map(({ chat_id }) => chat_id)), new Set([kept.chatId]))
    assert.deepEqual(
      (await database.read.selectFrom('question_history').select('question').execute()).map(({ question }) => question),
      ['Kept?'],
    )
  })

  test('an answer whose chat vanishes under it ends alone: others go on', async (database, t) => {
    const { chats, source } = await start(t, database)
    const [lost, kept] = [source.hold('Lost?'), source.hold('Fine?')]
    const [one, other] = [await ask(chats, 'Lost?'), await ask(chats, 'Fine?')]
    await Promise.all([lost.begun, kept.begun])
    const reading = all(one.live.read(0, forever))
    await database.write((tx) => tx.deleteFrom('chats').where('id', '=', one.chatId).execute())
    lost.delta('x')
    kept.delta('y')
    await assert.rejects(reading, refused('not_found'))
    kept.finish()
    assert.equal((await other.live.ended)?.state, 'complete')
    assert.equal(await one.live.ended, undefined)
    assert.equal((await message(database, other.live.id)).content, 'y')
  })

  test('events are forgotten after a day: the rest is gone, the whole is told from the message', async (database, t) => {
    const before = await start(t, database)
    const { live } = await ask(before.chats, 'Old?')
    await live.ended
    const later = await createChats(
      {
        database,
        instances: onlyInstance(),
        shared: memory.create(),
        source: createScriptedSource(),
        places: createAnswerPlaces(undefined),
        systemPromptOf: async () => null,
        answered: () => undefined,
        clock: { now: () => new Date(Date.parse('2026-01-02T03:04:05.000Z') + EVENTS_KEPT_MS + 1) },
        logger: quietLogger,
      },
      { graceMs: 0 },
    )
    t.after(() => later.close())
    const count = async () => (await database.read.selectFrom('answer_events').select('seq').execute()).length
    while ((await count()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await assert.rejects(streamed(later, live.id, 2), refused('gone'))
    const events = await streamed(later, live.id)
    assert.deepEqual(names(events), ['saved', 'start', 'delta', 'saved', 'done'])
    assert.equal(textOf(events), 'About Old?: yes [1].')
    assert.equal(JSON.parse(events.at(-1)?.json ?? '').confidence, 0.75)
  })

  test('everything of a user goes, or becomes another one’s', async (database, t) => {
    const { chats, source } = await start(t, database)
    const [ann, bob] = [await addUser(database, 'ann'), await addUser(database, 'bob')]
    const { chatId } = await ask(chats, 'Whose?', undefined, ann)
    const script = source.hold('Now?')
    const { live } = await ask(chats, 'Now?', undefined, ann)
    const signal = await script.begun
    assert.equal(await chats.estate.remove(ann), 2)
    assert.equal(signal.aborted, true)
    await live.ended
    await assert.rejects(chats.chat(ann, chatId), refused('not_found'))
    const mine = await ask(chats, 'Mine?')
    await mine.live.ended
    await chats.estate.transfer(LOCAL_USER, bob)
    assert.equal((await chats.chat(bob, mine.chatId)).user_id, bob)
  })

  test('pages go both ways and meet every message once', async (database, t) => {
    const { chats } = await start(t, database)
    const { live, chatId } = await ask(chats, 'q0')
    await live.ended
    for (let i = 1; i < 6; i++) await (await ask(chats, `q${i}`, chatId)).live.ended
    const oldestFirst = await chats.messages(LOCAL_USER, chatId, { limit: 200, offset: 0 })
    const ids = oldestFirst.map(({ id }) => id)
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    )
    assert.equal(ids.length, 12)
    const back: MessageId[] = []
    let before: MessageId | undefined
    for (;;) {
      const page = await chats.messagePage(LOCAL_USER, chatId, { before, page: 1, size: 5 })
      assert.equal(page.page, back.length / 5 + 1)
      back.push(...page.messages.map(({ id }) => id))
      if (!page.hasMore) break
      before = back.at(-1)
    }
    assert.deepEqual(back, ids.toReversed())
    const byPage = await Promise.all(
      [1, 2, 3, 4].map((page) => chats.messagePage(LOCAL_USER, chatId, { before: undefined, page, size: 5 })),
    )
    assert.deepEqual(
      byPage.flatMap(({ messages }) => messages.map(({ id }) => id)),
      ids.toReversed(),
    )
    assert.deepEqual(
      byPage.map(({ hasMore, total }) => [hasMore, total]),
      [
        [true, 12],
        [true, 12],
        [false, 12],
        [false, 12],
      ],
    )
  })
})
