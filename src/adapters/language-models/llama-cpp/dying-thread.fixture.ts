// A thread that speaks as thread.ts does, without the package and a model, and dies of what it is asked: for tests of what
// happens then.
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromThread, ThreadData, ToThread } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('This module is the entry of a thread.')
const { contextWindow, file } = workerData as ThreadData
const send = (message: FromThread): void => port.postMessage(message, [])

port.on('message', (message: ToThread) => {
  if (message.type === 'close') return port.close()
  if (message.type === 'stop') return
  const { call, prompt } = message
  const asked = prompt.messages.at(-1)?.content ?? ''
  if (asked === 'exit') process.exit(1)
  send({ type: 'event', call, event: { type: 'text-delta', text: 'So ' } })
  if (asked === 'throw') throw new Error('planted')
  // Nothing more comes of it.
  if (asked === 'wait') return
  send({ type: 'event', call, event: { type: 'finish', reason: 'stop', tokens: 3 } })
})
if (existsSync(file)) {
  send({ type: 'found', contextWindow })
  send({ type: 'loaded', gpu: false })
} else {
  send({ type: 'unusable', message: 'no file', isAbsent: false })
  port.close()
}
