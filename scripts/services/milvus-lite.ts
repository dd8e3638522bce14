// Milvus Lite 3.2.2, a small server in Python that speaks the newer interface of Milvus, with full text and searches by several
// vectors, which the real server of `milvus.ts` has not. Nothing is measured with it:
//   node scripts/services/milvus-lite.ts --port 19530 --folder ./data/milvus-lite
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { probeMilvus, type RunningMilvus } from './milvus.ts'
import { pythonEnvironment } from './python-environment.ts'
import { startService } from './running-service.ts'

const VERSION = '3.2.2'
const PACKAGES = [`milvus-lite==${VERSION}`, 'pymilvus==3.0.2']

export interface MilvusLiteOptions {
  /** Of 127.0.0.1. */
  readonly port: number
  /** Of its data; made where it does not exist. */
  readonly folder: string
}

/** Installs it first where it is missing. @throws Error with its last words where it does not start */
export async function startMilvusLite({ port, folder }: MilvusLiteOptions): Promise<RunningMilvus> {
  const installed = await pythonEnvironment(`milvus-lite-${VERSION}`, PACKAGES)
  const home = resolve(folder)
  await mkdir(home, { recursive: true })
  const address = `127.0.0.1:${port}`
  const client = await probeMilvus(address)
  try {
    const service = await startService({
      name: `Milvus Lite on port ${port}`,
      // As its own command does, whose first line names the place where it was installed.
      command: [
        join(installed, 'venv/bin/python'),
        '-c',
        'import sys; from milvus_lite.cmdline import main; sys.exit(main())',
        'server',
        '--data-dir',
        join(home, 'data'),
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
      ],
      cwd: home,
      answers: client.answers,
    })
    return { ...service, address }
  } finally {
    await client.close()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, folder: { type: 'string' } } })
  const port = Number(values.port ?? 19_530)
  const { folder } = values
  if (folder === undefined || !Number.isInteger(port)) {
    process.stderr.write('Usage: node scripts/services/milvus-lite.ts --port N --folder DIR\n')
    process.exit(2)
  }
  const server = await startMilvusLite({ port, folder })
  process.stdout.write(
    `Milvus Lite ${VERSION} answers at ${server.address} after ${Math.round(server.readyAfter)} ms, process ${server.pid}\n`,
  )
  const [signal] = await Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => [name])))
  process.stdout.write(`${signal}: ending\n`)
  await server.stop()
}
