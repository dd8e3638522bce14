import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { hasBrowser, launchBrowser } from '../../../../../scripts/drills/browser.ts'
import { compareAnswers } from '../answer-comparison.ts'
import type { AnswerRun, WorstCase } from '../answer-run.ts'
import { cited, recorded, said } from '../answers.fixture.ts'
import { makeAnswerRun } from '../make-answer-run.ts'
import { answerReport } from './report.ts'

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u202E\u0000\uD800`

const worst: WorstCase = {
  id: HOSTILE,
  situation: 'removed',
  question: HOSTILE,
  gold: [HOSTILE],
  answer: HOSTILE,
  confidence: 0.9,
  sentence: HOSTILE,
  reason: HOSTILE,
  evidence: [
    {
      ...cited(),
      document: HOSTILE,
      title: HOSTILE,
      quote: HOSTILE,
      before: HOSTILE,
      after: HOSTILE,
      href: `http://127.0.0.1/${HOSTILE}`,
    },
    { ...cited('unsupported', 'unknown_source'), quote: null, before: '', after: '', href: null },
  ],
}

function hostileRun(
  records = [
    recorded('a'),
    recorded('b', { confidence: 0.4, answer: 'By Bob.', sentences: [said('By Bob.', 'doubtful')] }),
  ],
): AnswerRun {
  return makeAnswerRun({
    at: new Date(0),
    version: HOSTILE,
    set: {
      name: HOSTILE,
      fingerprint: 'x',
      documents: 1,
      questions: 2,
      unanswerable: 0,
      unjudged: 0,
      removed: 2,
      language: 'en',
      about: HOSTILE,
    },
    configuration: {
      embedding: HOSTILE,
      threshold: 0.5,
      strict: true,
      generalKnowledge: true,
      searchSteps: 6,
      service: null,
    },
    records: records.map((record) => ({ ...record, model: HOSTILE, provider: HOSTILE })),
    planted: [
      {
        id: 'p',
        instruction: HOSTILE,
        question: HOSTILE,
        canary: HOSTILE,
        answer: HOSTILE,
        obeyed: true,
        shown: false,
      },
    ],
    worst: { wrong: [worst], unsupported: [worst], missedAbstentions: [worst] },
  })
}

test('a report is one page without scripts, and what documents say is text in it', () => {
  const run = hostileRun()
  const page = answerReport(run, compareAnswers(run, run))
  assert.doesNotMatch(page, /<script|<img|<iframe|<link|<object|\sstyle=|@import|url\(/i)
  // No attribute but those of this page: each tag is one of ours, written as we write it.
  const tags = new Set(Array.from(page.matchAll(/<([a-z0-9]+)[^>]*>/g), ([, name]) => name))
  assert.deepEqual(
    tags.difference(
      new Set(
        'html head meta title style body header h1 h2 h3 p code main ul li b div figure figcaption svg desc line text circle path rect span table caption thead tbody tr th td article dl dt dd details summary blockquote mark a'.split(
          ' ',
        ),
      ),
    ),
    new Set(),
  )
  assert.doesNotMatch(page, /[\u0000\u202E]/)
  assert.ok(page.isWellFormed())
  assert.match(page, /&lt;img src=x onerror=&apos;alert\(2\)&apos;&gt;&amp;amp;/)
})

test('its policy allows its own style and nothing else', () => {
  const page = answerReport(hostileRun())
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? ''
  assert.equal(
    policy.replaceAll('&apos;', "'"),
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
  )
})

test('pictures say in words what they show, and hold no place that is none', () => {
  for (const records of [
    undefined,
    [recorded('a', { abstained: true, confidence: 0 })],
    [recorded('a', { firstWord: 0, whole: 0 })],
  ]) {
    const page = answerReport(hostileRun(records))
    assert.equal(page.match(/<svg /g)?.length, 4)
    assert.doesNotMatch(page, /NaN|Infinity|undefined/)
  }
  const page = answerReport(hostileRun())
  assert.match(
    page,
    /<desc id="reliability-text">Confidence: share of right answers\. 40 %: 0 % of 1; 90 %: 100 % of 1\./,
  )
  assert.match(
    page,
    /<desc id="latency-text">Half of the answers have their first word within 10 ms and end within 20 ms\./,
  )
})

const skip = hasBrowser ? false : 'the browser package holds a build for Linux on x64 alone'

test('a browser shows all of it, on a small screen too, and asks nobody for anything', { skip }, async (t) => {
  const browser = await launchBrowser()
  t.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' })
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => complaints.push(request.url()))
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message())
    void dialog.dismiss()
  })
  await page.setContent(answerReport(hostileRun()))
  for (const summary of await page.locator('summary').all()) await summary.click()
  assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'), 0)
  assert.equal(await page.locator('blockquote mark').first().isVisible(), true)
  assert.equal(await page.locator('img, script').count(), 0)
  // The page's own style came through its policy.
  assert.equal(await page.evaluate<string>("getComputedStyle(document.querySelector('figure')).margin"), '0px')
  assert.deepEqual(complaints, [])
})
