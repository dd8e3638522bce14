import { connect } from 'node:net'
import { parentPort } from 'node:worker_threads'

/** A thread that a library starts: tries to open a connection, and reports how that went. */
try {
  connect(9_999, '127.0.0.1').on('error', () => parentPort?.postMessage('tried', []))
} catch (error) {
  parentPort?.postMessage(error instanceof Error ? error.message : 'refused', [])
}
