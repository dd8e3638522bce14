import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { createCaller, ROUTES, type Contract } from './contract-caller.ts'
import { chats, streams, systemPrompt } from './contract-chats.ts'
import { documents, jobs, questions, websites } from './contract-documents.ts'
import { accounts, administration, diagnostics } from './contract-people.ts'
import { signUp, startWithAccounts } from './people.ts'
import { html, loopbackWeb, prose, startSite } from './web-site.ts'

describe('the HTTP contract', () => {
  let contract: Contract
  const closers: (() => Promise<void>)[] = []
  const context = { after: (close: () => Promise<void>) => closers.push(close) }
  before(async () => {
    const t = context as unknown as TestContext
    const site = await startSite(t, {
      '/': html('The quay', `${prose('quay')}<a href="/crane">The crane</a><a href="/gone">Gone</a>`),
      '/crane': html('The crane', prose('crane')),
    })
    const hidden = await startSite(t, { '/': html('Hidden', prose('secret')) }, '127.0.0.2')
    const service = await startWithAccounts(t, { deps: loopbackWeb(site.port, hidden.port) })
    const [ann, bob] = [await signUp(service, 'ann'), await signUp(service, 'bob')]
    contract = { ...createCaller(service, ann), ann, bob, document: '', site: site.origin, hidden: hidden.origin }
  })
  after(async () => {
    for (const close of closers.reverse()) await close()
  })

  test('diagnostics', () => diagnostics(contract))
  test('accounts', () => accounts(contract))
  test('administration of users', () => administration(contract))
  test('documents', () => documents(contract))
  test('websites', () => websites(contract))
  test('jobs', () => jobs(contract))
  test('questions and search', () => questions(contract))
  test('the system prompt', () => systemPrompt(contract))
  test('chats', () => chats(contract))
  test('the events of a streamed answer, in their order', () => streams(contract))

  test('every route has been asked', () => {
    assert.deepEqual(
      [...ROUTES].filter((route) => !contract.asked.has(route)),
      [],
    )
  })
})
