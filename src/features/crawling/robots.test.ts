import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALLOWS_ALL, ALLOWS_NONE, parseRobots } from './robots.ts'

const allowed = (text: string, ...targets: string[]) => {
  const robots = parseRobots(text, 'EvidentBot')
  return targets.filter((target) => robots.allows(target))
}

test('the group that names the crawler counts, all of them together, else the one for everybody', () => {
  const text = [
    'User-agent: *',
    'Disallow: /',
    '',
    'User-Agent: otherbot',
    'USER-AGENT : evidentBOT/2.0   # us',
    'disallow: /private',
    'Crawl-delay: 2.5',
    'User-agent: Evident',
    'Disallow: /public',
    'User-agent: evidentbot',
    'Disallow: /drafts',
    'Sitemap: https://example.org/s.xml',
  ].join('\r\n')
  assert.deepEqual(allowed(text, '/', '/private/x', '/drafts', '/public', '/a'), ['/', '/public', '/a'])
  const robots = parseRobots(text, 'EvidentBot')
  assert.deepEqual([robots.crawlDelay, robots.sitemaps], [2.5, ['https://example.org/s.xml']])
  assert.deepEqual(allowed('User-agent: *\nDisallow: /a', '/a', '/b'), ['/b'])
  assert.deepEqual(allowed('User-agent: otherbot\nDisallow: /', '/a'), ['/a'])
  assert.deepEqual(allowed('Disallow: /', '/a'), ['/a'])
  // An empty group that names the crawler allows it everything.
  assert.deepEqual(allowed('User-agent: evidentbot\nDisallow:\n\nUser-agent: *\nDisallow: /', '/a'), ['/a'])
})

test('the longest pattern decides, of two as long the one that allows (examples of RFC 9309, 5.2)', () => {
  const text =
    'User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\nDisallow: /same\nAllow: /same'
  assert.deepEqual(allowed(text, '/example/page/', '/example/page/disallowed.gif', '/same'), [
    '/example/page/',
    '/same',
  ])
  assert.deepEqual(allowed('User-agent: *\nDisallow: /', '/robots.txt', '/x'), ['/robots.txt'])
})

test('stars and the end of a path', () => {
  const cases: readonly (readonly [pattern: string, matching: string[], others: string[]])[] = [
    ['/fish', ['/fish', '/fish.html', '/fish/salmon', '/fish?id=1'], ['/Fish', '/catfish', '/?id=fish']],
    ['/fish*', ['/fish', '/fishheads/yum'], ['/Fish']],
    ['/fish/', ['/fish/', '/fish/?id=1'], ['/fish', '/fish.html']],
    ['/*.php', ['/index.php', '/folder/any.php.file', '/a.php/'], ['/', '/windows.PHP']],
    ['/*.php$', ['/a.php', '/b/a.php.php'], ['/a.php?x', '/a.php5']],
    ['/fish*.php', ['/fish.php', '/fishheads/a.php?x'], ['/Fish.PHP']],
    ['/exact$', ['/exact'], ['/exact/', '/exactly']],
    ['/a*b*c$', ['/abc', '/aXbYcc'], ['/acb', '/abcd']],
    ['/ab*ba$', ['/abba'], ['/aba']],
    ['*/print', ['/a/print', '/print'], ['/prin']],
    ['/q?x=*&y', ['/q?x=1&y=2'], ['/q?y=2&x=1']],
  ]
  for (const [pattern, matching, others] of cases) {
    const text = `User-agent: *\nDisallow: ${pattern}`
    assert.deepEqual(allowed(text, ...matching, ...others), others, pattern)
  }
})

test('percent-encoding in any spelling is the same path', () => {
  const text = 'User-agent: *\nDisallow: /foo/bar/ツ\nDisallow: /a%2fb\nDisallow: /%7Euser'
  const given = ['/foo/bar/%E3%83%84', '/foo/bar/%e3%83%84x', '/a%2Fb', '/a/b', '/~user/x', '/foo/bar/%62%61%7A']
  assert.deepEqual(allowed(text, ...given), ['/a/b', '/foo/bar/%62%61%7A'])
  assert.deepEqual(allowed('User-agent: *\nDisallow: /foo/bar/%62%61%7A', '/foo/bar/baz'), [])
})

test('what cannot be read is passed over, and a file full of stars costs little', () => {
  assert.deepEqual(allowed('\uFEFFUser-agent: *\rnonsense\rDisallow /b\rDisallow: /a\rCrawl-delay: soon', '/a', '/b'), [
    '/b',
  ])
  assert.equal(parseRobots('User-agent: *\nCrawl-delay: -1', 'x').crawlDelay, undefined)
  assert.equal(parseRobots('<!doctype html><title>404</title>', 'x').allows('/a'), true)
  const stars = `User-agent: *\nDisallow: /${'*a'.repeat(200_000)}$`
  assert.deepEqual(allowed(stars, `/${'a'.repeat(2000)}`), [`/${'a'.repeat(2000)}`])
  assert.equal(ALLOWS_ALL.allows('/x'), true)
  assert.equal(ALLOWS_NONE.allows('/x'), false)
})

test('a line without end is no rule, and is not gone through again and again', () => {
  const hostile = [`Allow: a${' '.repeat(400_000)}b`, `Disallow: /x #${'\u2028'.repeat(400_000)}`].join('\n')
  const robots = parseRobots(`User-agent: *\n${hostile}\nDisallow: /private # ours`, 'evident')
  assert.deepEqual([robots.allows('/private'), robots.allows('/a')], [false, true])
})
