// How late the main thread comes to its timers while a local model is loaded and writes. Run by local-model.ts.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { languageModels } from '../../src/adapters/language-models/registry.ts'
import type { Logger } from '../../src/core/ports/surroundings.ts'
import { writeGgufModel } from '../../test/gguf-model.ts'

const nothing = (): void => undefined
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }

async function measured(name: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const began = performance.now()
  delay.enable()
  await work()
  delay.disable()
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `${name}: p50 ${ms(delay.percentile(50))}, p99 ${ms(delay.percentile(99))}, longest ${ms(delay.max)} ms in ${seconds} s`,
  )
}

const folder = await mkdtemp(join(tmpdir(), 'evident-gguf-'))
try {
  const file = join(folder, 'rubbish.gguf')
  await writeGgufModel(file, { layers: 4, width: 512, context: 8192 })
  await measured('nothing', () => sleep(5000))
  const local = await languageModels.local()
  const opened = Promise.withResolvers<Awaited<ReturnType<typeof local.create>>>()
  await measured('loading', async () => {
    const model = await local.create({ file }, { logger })
    await model.probe()
    opened.resolve(model)
  })
  const model = await opened.promise
  await measured('reading 6,000 tokens and writing 1,000', async () => {
    const messages = [{ role: 'user', content: 'Why? '.repeat(1200) }] as const
    for await (const event of model.stream({ messages, question: '', evidence: [], maxTokens: 1000 })) {
      if (event.type === 'finish') console.log(`  ${String(event.tokens)} tokens`)
    }
  })
  await model.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
