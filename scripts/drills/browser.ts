// A real browser from npm alone. Its package holds a Linux x64 build, with the libraries that a bare system lacks.
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import chromium, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

export const hasBrowser = process.platform === 'linux' && process.arch === 'x64'

export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath()
  const options = { executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] }
  try {
    return await playwright.launch(options)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('shared libraries')) throw error
    const here = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))
    await inflate(join(here, '..', 'bin', 'al2023.tar.br'))
    return await playwright.launch({
      ...options,
      env: { ...process.env, LD_LIBRARY_PATH: join(tmpdir(), 'al2023', 'lib') },
    })
  }
}
