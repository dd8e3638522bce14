import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REFUSED_HOSTS } from '../src/egress/spellings.fixture.ts'
import { startService } from './service.ts'
import { html, prose, startSite } from './web-site.ts'

// As shipped, with no allowance: whatever route takes an address, nobody connects and nothing is looked up.

const ROUTES = {
  '/api/v1/scrape-website': (url: string) => ({ url }),
  '/api/v1/bulk-scrape-website': (url: string) => ({ url, max_pages: 2 }),
}

for (const [path, bodyOf] of Object.entries(ROUTES)) {
  test(`${path} refuses every spelling of an address that is not public`, async (t) => {
    const site = await startSite(t, { '*': html('Hidden', prose('secret')) })
    const lookedUp: string[] = []
    const resolve = async (name: string) => {
      lookedUp.push(name)
      return [{ address: '127.0.0.1' }]
    }
    const service = await startService(t, { env: { RATE_LIMIT_REQUESTS: '0' }, deps: { web: { resolve } } })
    for (const hosts of Object.values(REFUSED_HOSTS)) {
      for (const host of hosts) {
        for (const url of [`http://${host}:${site.port}/`, `https://${host}:${site.port}/`, `${host}:${site.port}`]) {
          const { status, body } = await service.json('POST', path, bodyOf(url))
          const isRefused = status === 403 && body.code === 'blocked_address'
          assert.ok(isRefused || status === 422, `${url}: ${status} ${JSON.stringify(body)}`)
        }
      }
    }
    assert.deepEqual(lookedUp, [])
    assert.equal(site.connections(), 0)
    assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 0)
  })
}
