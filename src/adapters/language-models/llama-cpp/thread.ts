import { parentPort, workerData } from 'node:worker_threads'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { generate, type LoadedModel } from './generation.ts'
import type { NodeLlamaCpp } from './library.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('This module is the entry of a thread.')
const { file, contextWindow: wanted, threads } = workerData as ThreadData

const send = (message: FromThread): void => port.postMessage(message, [])

/** Tokens that the processor reads of a prompt before it looks whether it shall stop. */
const CPU_BATCH = 128

const closing = new AbortController()
const calls = new Map<number, AbortController>()
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function load(): Promise<LoadedModel | undefined> {
  let library: NodeLlamaCpp
  try {
    library = (await import('node-llama-cpp')) as NodeLlamaCpp
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    send({ type: 'unusable', message: messageOf(error), isAbsent: code === 'ERR_MODULE_NOT_FOUND' })
    return undefined
  }
  try {
    const { architectureMetadata } = await library.readGgufFileInfo(file, {
      sourceType: 'filesystem',
      readTensorInfo: false,
      logWarnings: false,
    })
    const contextWindow = Math.min(wanted, architectureMetadata.context_length ?? wanted)
    send({ type: 'found', contextWindow })
    return await open(library, contextWindow)
  } catch (error) {
    if (!closing.signal.aborted) send({ type: 'unusable', message: messageOf(error), isAbsent: false })
    return undefined
  }
}

/** `build: 'never'`: what the package brings is used, and nothing is fetched or compiled by a server that starts. */
async function open(library: NodeLlamaCpp, contextWindow: number): Promise<LoadedModel> {
  const llama = await library.getLlama({
    gpu: 'auto',
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
    // An error of consequence is thrown as well.
    logger: () => undefined,
  })
  try {
    const { signal } = closing
    const model = await llama.loadModel({ modelPath: file, loadSignal: signal })
    const context = await model.createContext({
      contextSize: contextWindow,
      sequences: 1,
      threads: threads ?? Math.max(1, llama.cpuMathCores - 1),
      createSignal: signal,
      ...(llama.gpu === false ? { batchSize: CPU_BATCH } : {}),
    })
    const sequence = context.getSequence()
    const chat = new library.LlamaChat({ contextSequence: sequence })
    send({ type: 'loaded', gpu: llama.gpu })
    return { llama, chat, sequence, tokenizer: model.tokenizer, contextWindow }
  } catch (error) {
    await llama.dispose()
    throw error
  }
}

async function answer(model: LoadedModel, { call, prompt }: ToThread & { type: 'ask' }): Promise<void> {
  const signal = calls.get(call)?.signal
  if (signal === undefined) return
  try {
    await generate(model, prompt, (event) => send({ type: 'event', call, event }), { signal })
  } catch (error) {
    // Whoever asked has left.
    if (signal.aborted) return
    const kind = error instanceof ProviderFailure ? error.kind : 'unavailable'
    const message = error instanceof ProviderFailure ? error.message : `The local model failed: ${messageOf(error)}`
    send({ type: 'failed', call, kind, message })
  } finally {
    calls.delete(call)
  }
}

const stop = (call: number): void => {
  calls.get(call)?.abort()
  calls.delete(call)
}

// One answer at a time: two at once would each take twice as long, and the memory of two windows.
const loading = load()
let last: Promise<unknown> = loading
port.on('message', (message: ToThread) => {
  if (message.type === 'stop') return stop(message.call)
  if (message.type === 'ask') {
    calls.set(message.call, new AbortController())
    last = last.then(async () => {
      const model = await loading
      if (model !== undefined) await answer(model, message)
    })
    return
  }
  closing.abort()
  for (const call of calls.keys()) stop(call)
  last = last.then(async () => {
    await (await loading)?.llama.dispose()
    port.close()
  })
})
if ((await loading) === undefined) port.close()
