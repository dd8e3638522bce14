import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { DocumentParser } from '../../core/ports/reading.ts'

const attempt = async (what: () => unknown): Promise<string> => {
  try {
    await what()
    return 'done'
  } catch (error) {
    return error instanceof Error ? error.message : 'refused'
  }
}

const hoard: unknown[] = []

/** Does what a parser must not do; the file's name says what. */
export const parser: DocumentParser = {
  id: 'misbehaving',
  mediaTypes: ['text/plain'],
  extensions: [],
  async *parse(bytes, filename) {
    if (filename === 'hang') for (;;);
    if (filename === 'wait') await new Promise((resolve) => setTimeout(resolve, 3_600_000))
    if (filename === 'abort') process.abort()
    if (filename === 'exit') process.exit(0)
    if (filename === 'throw') throw new TypeError('inside')
    if (filename === 'recursion') {
      const descend = (): number => descend() + 1
      descend()
    }
    if (filename === 'heap') for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => `${index}`))
    if (filename === 'buffers') for (;;) hoard.push(Buffer.alloc(20_000_000, 1))
    if (filename === 'endless') for (;;) yield { kind: 'text', text: 'more '.repeat(1_000) }
    if (filename === 'network') {
      yield { kind: 'text', text: await attempt(() => fetch('http://127.0.0.1:9999/')) }
      yield { kind: 'text', text: await attempt(() => connect(9999, '127.0.0.1')) }
    }
    if (filename === 'thread') {
      const thread = new Worker(new URL('./misbehaving-thread.fixture.ts', import.meta.url))
      const [text] = (await once(thread, 'message')) as [string]
      yield { kind: 'text', text }
    }
    if (filename === 'files') yield { kind: 'text', text: await attempt(() => readFile('/etc/hostname')) }
    // oxlint-disable-next-line node/no-process-env, eslint/no-restricted-properties -- what this looks for
    if (filename === 'environment') yield { kind: 'text', text: Object.keys(process.env).join(' ') }
    if (filename === 'pid') yield { kind: 'text', text: String(process.pid) }
    yield { kind: 'text', text: `read ${bytes.length} bytes` }
  },
}
