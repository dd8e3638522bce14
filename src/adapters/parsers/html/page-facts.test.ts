import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDom } from '../dom.ts'
import { pageFacts } from './page-facts.ts'

const facts = (head: string, body = '') => pageFacts(parseDom(`<html><head>${head}</head><body>${body}</body></html>`))

test('links as written, each once, with what asks not to follow them', () => {
  const { links } = facts(
    '',
    '<a href="/a">A</a><a href=" b.html#x ">B</a><a href="#here">no</a><a name="c">no</a><a href="">no</a>' +
      '<a href="/a" rel="nofollow">A</a><a href="/n" rel="noopener NoFollow">N</a><a href="/n2" rel="nofollowed">N</a>' +
      '<map><area href="/area"></map>',
  )
  assert.deepEqual(links, [
    { href: '/a', nofollow: false },
    { href: 'b.html#x', nofollow: false },
    { href: '/n', nofollow: true },
    { href: '/n2', nofollow: false },
    { href: '/area', nofollow: false },
  ])
  const many = Array.from({ length: 3000 }, (_, i) => `<a href="/${i}">x</a>`).join('')
  assert.equal(facts('', many).links.length, 2000)
  assert.deepEqual(facts('', `<a href="/${'x'.repeat(3000)}">x</a>`).links, [])
})

test('base, canonical, the page’s wishes, its date, and whether it asks for a password', () => {
  const full = facts(
    '<base href="/docs/"><link rel="alternate canonical" href=" /c "><meta name="Robots" content="NoIndex, nofollow">' +
      '<meta property="article:modified_time" content="2024-05-06T07:08:09+02:00">',
    '<form><input type="PASSWORD"></form>',
  )
  assert.deepEqual(full, {
    links: [],
    base: '/docs/',
    canonical: '/c',
    noindex: true,
    nofollow: true,
    asksPassword: true,
    modified: '2024-05-06T05:08:09.000Z',
  })
  const none = facts('<meta name="robots" content="none">')
  assert.deepEqual([none.noindex, none.nofollow, none.asksPassword], [true, true, false])
  const named = facts('<meta name="robots" content="index"><meta name="evidentbot" content="noindex">')
  assert.deepEqual([named.noindex, named.nofollow], [true, false])
})
