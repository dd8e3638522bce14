import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readSitemap } from './sitemap.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const urls = (...addresses: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="i">${addresses
    .map(
      (each) =>
        `<url>\n<loc> ${each} </loc><image:image><image:loc>https://x.org/a.png</image:loc></image:image></url>`,
    )
    .join('')}</urlset>`

test('pages, an index, and lines of text; also as gzip files', async () => {
  const pages = urls('https://example.org/a?x=1&amp;y=2', '<![CDATA[https://example.org/b]]>')
  const expected = { kind: 'pages', addresses: ['https://example.org/a?x=1&y=2', 'https://example.org/b'] }
  assert.deepEqual(await readSitemap(bytes(pages)), expected)
  assert.deepEqual(await readSitemap(gzipSync(pages)), expected)
  const index = '<sitemapindex><sitemap><loc>https://example.org/1.xml.gz</loc></sitemap></sitemapindex>'
  assert.deepEqual(await readSitemap(bytes(index)), { kind: 'index', addresses: ['https://example.org/1.xml.gz'] })
  assert.deepEqual(await readSitemap(bytes('https://example.org/a\r\nhttps://example.org/b\n\nnothing')), {
    kind: 'pages',
    addresses: ['https://example.org/a', 'https://example.org/b'],
  })
})

test('what is no sitemap is none: a page, a broken file, a bomb', async () => {
  assert.equal(await readSitemap(bytes('<!doctype html><p>https://example.org/</p>')), undefined)
  assert.equal(await readSitemap(Uint8Array.of(0x1f, 0x8b, 1, 2, 3)), undefined)
  assert.equal(await readSitemap(gzipSync(`https://example.org/\n${' '.repeat(50_000_000)}`)), undefined)
  assert.equal(await readSitemap(new Uint8Array()), undefined)
})

test('of many addresses the first thousand', async () => {
  const many = urls(...Array.from({ length: 3000 }, (_, i) => `https://example.org/${i}`))
  const { addresses = [] } = (await readSitemap(bytes(many))) ?? {}
  assert.deepEqual([addresses.length, addresses.at(-1)], [1000, 'https://example.org/999'])
})
