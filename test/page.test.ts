import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { apiClient } from '../scripts/drills/client.ts'
import { hasBrowser, launchBrowser } from '../scripts/drills/browser.ts'
import { type RunningServer, startServer } from '../scripts/drills/server.ts'
import { databaseSettings } from './chosen-database.ts'

const TEXT = [
  'The lighthouse of Aldermoor was built in 1794 by Ada Fairweather. It is 41 metres high.',
  '<img src="/nowhere" onerror="document.title = \'taken\'"> 😀 <b>not bold</b>',
  'Its lamp burned whale oil until 1871. The keepers were paid in coal and candles.',
].join('\n\n')

test('the page is one file that a strict policy can allow by checksums', async () => {
  const html = await readFile(new URL('../web/index.html', import.meta.url), 'utf8')
  assert.equal(html.match(/<script/g)?.length, 1)
  assert.equal(html.match(/<style/g)?.length, 1)
  const script = /<script>(.*)<\/script>/s.exec(html)?.[1] ?? ''
  const markup = html.replace(script, '')
  assert.doesNotMatch(markup, /\sstyle=/)
  assert.doesNotMatch(markup, /\son[a-z]+=/)
  assert.doesNotMatch(html.replace(/<link rel="icon"[^>]*>/, ''), /https?:\/\//)
  assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
})

const reason = hasBrowser ? false : 'the browser package holds a build for Linux on x64 alone'

describe('the page in a browser', { skip: reason }, () => {
  let dataDir: string
  let server: RunningServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'evident-page-'))
    server = await startServer({ dataDir, env: { LOG_LEVEL: 'error', ...(await databaseSettings(dataDir)) } })
    browser = await launchBrowser()
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      // A refused upload is told by the browser too; what else it says is a fault of the page.
      if (message.type() === 'error' && !message.text().includes('status of 415')) complaints.push(message.text())
    })
    page.setDefaultTimeout(30_000)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  const add = (name: string, text: string) =>
    page.setInputFiles('#files', [{ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) }])
  const ask = async (question: string) => {
    await page.fill('#question', question)
    // On the field itself: a source that was just closed gives the focus back to its button, sooner or later.
    await page.locator('#question').press('Enter')
    const answer = page.locator('.answer', { has: page.locator('h3', { hasText: question }) }).first()
    await answer.locator('.confidence').waitFor()
    assert.equal(await page.locator('.answer h3').first().textContent(), question)
    return answer
  }

  test('it says what to do where there is nothing yet', async () => {
    const response = await page.goto(server.url)
    assert.match(response?.headers()['content-security-policy'] ?? '', /script-src 'sha256-/)
    await page.locator('#welcome').waitFor()
    await page.locator('#health[data-state="ready"]').waitFor()
  })

  test('a file is added, and watched until it is read', async () => {
    await add('lighthouse.txt', TEXT)
    await page.locator('#documents li', { hasText: 'Ready' }).waitFor()
    assert.equal(await page.locator('#count').textContent(), '(1)')
    assert.ok(await page.locator('#welcome').isHidden())
  })

  test('a file that cannot be read says why, until that is dismissed', async () => {
    await add('setup.exe', 'MZ\u0090\u0000\u0003\u0000\u0000\u0000\u0004\u0000'.repeat(40))
    const notice = page.locator('#uploads li', { hasText: 'setup.exe' })
    assert.notEqual(((await notice.locator('.error').textContent()) ?? '').trim(), '')
    await notice.getByRole('button', { name: 'Dismiss' }).click()
    assert.equal(await notice.count(), 0)
  })

  test('an answer leads to its quote, marked in the source, and Escape leads back', async () => {
    const answer = await ask('Who built the lighthouse of Aldermoor?')
    assert.match((await answer.locator('.text').textContent()) ?? '', /Ada Fairweather/)
    const cite = answer.locator('.text .cite').first()
    await cite.focus()
    await page.keyboard.press('Enter')
    const marked = (await page.locator('#source mark').textContent()) ?? ''
    assert.match(marked, /built in 1794 by Ada Fairweather/)
    assert.equal(`“${marked}”`, await answer.locator('.sources .quote').first().textContent())
    await page.keyboard.press('Escape')
    await page.locator('#source').waitFor({ state: 'hidden' })
    const focused = await page.evaluate<string>('document.activeElement.className')
    assert.equal(focused, 'cite')
  })

  test('each mark of an answer leads to its own quote, also where two stand in one passage', async () => {
    // Which questions take two sentences of one passage is the answerer's business: this answer is made up.
    const documents = await apiClient(server.url).documents()
    const quotes = ['It is 41 metres high.', 'The keepers were paid in coal and candles.']
    const citations = quotes.map((quote) => {
      const start = TEXT.indexOf(quote)
      const place = { start_char: start, end_char: start + quote.length, version: 1, doc_id: documents[0]?.id }
      return { id: 1, title: 'lighthouse', quote, ...place, verdict: 'supported' }
    })
    const answer = quotes.map((quote) => quote.replace('.', ' [1].')).join(' ')
    const middle = answer.indexOf('The')
    const sentences = [
      { start: 0, end: middle, citations: [0] },
      { start: middle, end: answer.length, citations: [1] },
    ]
    const json = { answer, citations, sentences, confidence: 0.9, confidence_level: 'high', confidence_factors: {} }
    await page.route('**/api/v1/ask', (route) => route.fulfill({ json }))
    const shown = await ask('How high is it, and how were its keepers paid?')
    await page.unroute('**/api/v1/ask')
    for (const [at, quote] of quotes.entries()) {
      await shown.locator('.text .cite').nth(at).click()
      await page.locator('#source mark', { hasText: quote }).waitFor()
    }
    await page.locator('#source-close').click()
    await page.locator('#source').waitFor({ state: 'hidden' })
  })

  test('a quote after an emoji is marked at its place, and markup in a document stays text', async () => {
    const answer = await ask('What did the lamp burn until 1871?')
    await answer.locator('.sources button', { hasText: 'whale oil' }).click()
    assert.match((await page.locator('#source mark').textContent()) ?? '', /^Its lamp burned whale oil until 1871\./)
    assert.match((await page.locator('#source-body').textContent()) ?? '', /<img src="\/nowhere"/)
    assert.equal(await page.locator('#source-body img, #source-body b').count(), 0)
    assert.match(await page.title(), /^Evident/)
    await page.locator('#source-close').click()
    await page.locator('#source').waitFor({ state: 'hidden' })
  })

  test('what the documents do not say is not answered', async () => {
    const answer = await ask('What is the melting point of tungsten carbide?')
    assert.match((await answer.getAttribute('class')) ?? '', /\bnone\b/)
    assert.equal(await answer.locator('.confidence .low').count(), 1)
  })

  test('a small screen shows all of it without scrolling sideways', async () => {
    const sideways = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    await page.setViewportSize({ width: 360, height: 640 })
    assert.equal(await sideways(), 0)
    await page.locator('.answer .sources button').first().click()
    await page.locator('#source mark').waitFor()
    assert.equal(await sideways(), 0)
    await page.keyboard.press('Escape')
    await page.locator('#source').waitFor({ state: 'hidden' })
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  test('a document is deleted after a second press', async () => {
    const remove = page.locator('#documents .remove')
    await remove.click()
    assert.equal(await remove.textContent(), 'Really delete')
    await remove.click()
    await page.locator('#documents li').waitFor({ state: 'detached' })
    assert.equal(await page.locator('#count').textContent(), '')
  })

  test('the browser had nothing to complain about', () => {
    assert.deepEqual(complaints, [])
  })
})
