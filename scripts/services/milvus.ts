// Milvus 2.3.5, the real standalone server, from the PyPI package `milvus`:
//   node scripts/services/milvus.ts --port 19530 --folder ./data/milvus
// The package's own command would start the server as a child that outlives it; here the server is started directly.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { pythonEnvironment } from './python-environment.ts'
import { startService, type RunningService } from './running-service.ts'

const VERSION = '2.3.5'
/** The token of its administrator, as Milvus ships. */
export const ROOT = 'root:Milvus'
/** On two cores that others use as well, it took up to a minute. */
const START_LIMIT_MS = 180_000

export interface MilvusServerOptions {
  /** Of 127.0.0.1. */
  readonly port: number
  /** Of the server's data and logs; made where it does not exist. */
  readonly folder: string
  /** PEM. With them it speaks TLS alone, and asks for the token `root:Milvus`. */
  readonly secured?: { readonly cert: string; readonly key: string } | undefined
}

export interface RunningMilvus extends RunningService {
  /** `host:port`. */
  readonly address: string
}

interface Installed {
  /** Of the server and its libraries. */
  readonly bin: string
  /** Of the settings' template. */
  readonly data: string
}

const run = promisify(execFile)

/** Into `.services/` of the checkout, once. @throws Error where Python or the package cannot be had */
export async function installMilvus(): Promise<Installed> {
  const installed = await pythonEnvironment(`milvus-${VERSION}`, [`milvus==${VERSION}`], (folder, python) =>
    // As the package's command does with each data folder, where it takes 246 MB.
    run(python, ['-c', 'import sys, milvus; milvus._initialize_data_files(sys.argv[1])', folder]),
  )
  const library = join(installed, 'venv/lib')
  const [version = ''] = await readdir(library)
  return { bin: join(installed, 'bin'), data: join(library, version, 'site-packages/milvus/data') }
}

/** Installs it first where it is missing. @throws Error with its last words where it does not start */
export async function startMilvus({ port, folder, secured }: MilvusServerOptions): Promise<RunningMilvus> {
  const { bin, data } = await installMilvus()
  const home = resolve(folder)
  const logs = join(home, 'logs')
  const storage = join(home, 'data')
  for (const path of [join(home, 'configs'), logs, storage]) await mkdir(path, { recursive: true })
  const template = await readFile(join(data, 'config.yaml.template'), 'utf8')
  const { settings, ports } = await filledIn(template, {
    proxy_port: String(port),
    etcd_log_path: join(logs, 'etcd.log'),
    etcd_data_dir: join(storage, 'etcd.data'),
    local_storage_dir: storage,
    rocksmq_data_dir: join(storage, 'rocksmq'),
    system_log_path: logs,
    server_pem_path: join(home, 'configs/server.pem'),
    server_key_path: join(home, 'configs/server.key'),
    authorization_enabled: String(secured !== undefined),
    tls_mode: secured === undefined ? '0' : '1',
  })
  if (secured !== undefined) {
    await writeFile(join(home, 'configs/server.pem'), secured.cert)
    await writeFile(join(home, 'configs/server.key'), secured.key)
  }
  const etcd = join(home, 'configs/etcd.yaml')
  await writeFile(etcd, etcdSettings(ports))
  await writeFile(join(home, 'configs/milvus.yaml'), adapted(settings, etcd))
  await writeFile(join(home, 'configs/glog.conf'), await readFile(join(data, 'glog.conf')))

  const address = `127.0.0.1:${port}`
  const health = `http://127.0.0.1:${ports.metrics}/healthz`
  const client = await probeMilvus(address, secured?.cert)
  try {
    const service = await startService({
      name: `Milvus on port ${port}`,
      command: [join(bin, 'milvus'), 'run', 'standalone'],
      cwd: home,
      env: {
        DEPLOY_MODE: 'STANDALONE',
        METRICS_PORT: String(ports.metrics),
        MILVUS_RUN_DIR: join(home, 'run'),
        LD_LIBRARY_PATH: bin,
      },
      startLimit: START_LIMIT_MS,
      answers: async () => {
        const response = await fetch(health, { signal: AbortSignal.timeout(1000) })
        return (await response.text()).includes('OK') && (await client.answers())
      },
    })
    return { ...service, address }
  } finally {
    await client.close()
  }
}

/** Says whether the port that clients use answers, by the client's own protocol. */
export async function probeMilvus(address: string, authority?: string) {
  const { MilvusClient } = await import('@zilliz/milvus2-sdk-node')
  const client = new MilvusClient({
    address,
    timeout: 1000,
    maxRetries: 0,
    logLevel: 'error',
    __SKIP_CONNECT__: true,
    ...(authority === undefined ? {} : { ssl: true, token: ROOT, tls: { rootCert: Buffer.from(authority) } }),
  })
  return {
    answers: async (): Promise<boolean> => (await client.checkHealth()).isHealthy,
    close: () => client.closeConnection(),
  }
}

/** Its etcd would listen on etcd's own ports, whichever Milvus is told; of these there is one a machine. */
function etcdSettings(ports: { readonly etcd: number; readonly etcdPeer: number }): string {
  const [client, peer] = [ports.etcd, ports.etcdPeer].map((port) => `http://127.0.0.1:${port}`)
  return [
    'name: default',
    `listen-client-urls: ${client}`,
    `advertise-client-urls: ${client}`,
    `listen-peer-urls: ${peer}`,
    `initial-advertise-peer-urls: ${peer}`,
    `initial-cluster: default=${peer}`,
    '',
  ].join('\n')
}

/**
 * Besides what the template has places for: the parts find each other at 127.0.0.1 (clients' port listens everywhere; this
 * version cannot be told otherwise), and what a killed server held is free after 10 s instead of 30.
 */
function adapted(settings: string, etcd: string): string {
  const changes = [
    [/^( +)ip:.*$/gm, '$1ip: 127.0.0.1'],
    [/^( +)use:$/m, `$1config:\n$1  path: ${etcd}\n$1use:`],
    [/^( +)ttl: 30\b/m, '$1ttl: 10'],
  ] as const
  return changes.reduce((text, [place, wanted]) => {
    if (!place.test(text)) throw new Error(`The settings of Milvus have nothing like ${place.source}`)
    return text.replace(place, wanted)
  }, settings)
}

/**
 * The package's template, `{{ name(type): value }}` in each place, with `given`; ports that are not given are free ones,
 * and so are two more, for etcd among its own and what the server tells of itself over HTTP.
 */
async function filledIn(template: string, given: Readonly<Record<string, string>>) {
  const places = [...template.matchAll(/\{\{ *(\w+)(?:\(\w+\))?(?:: *([^}]*?))? *\}\}/g)]
  const unset = places.map(([, name = '']) => name).filter((name) => name.endsWith('_port') && !(name in given))
  const [metrics = 0, etcdPeer = 0, ...free] = await freePorts(unset.length + 2)
  const values: Readonly<Record<string, string>> = {
    ...given,
    ...Object.fromEntries(unset.map((name, i) => [name, String(free[i])])),
  }
  const settings = places.reduce((text, [place, name = '', value = '']) => {
    return text.replace(place, () => values[name] ?? value)
  }, template)
  return { settings, ports: { metrics, etcdPeer, etcd: Number(values.etcd_port) } }
}

/** Different ones, as all are held until the last is known. */
async function freePorts(count: number): Promise<number[]> {
  const held = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(held.map((server) => once(server, 'listening')))
  const ports = held.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, folder: { type: 'string' } } })
  const port = Number(values.port ?? 19_530)
  const { folder } = values
  if (folder === undefined || !Number.isInteger(port)) {
    process.stderr.write('Usage: node scripts/services/milvus.ts --port N --folder DIR\n')
    process.exit(2)
  }
  const milvus = await startMilvus({ port, folder })
  process.stdout.write(
    `Milvus ${VERSION} answers at ${milvus.address} after ${Math.round(milvus.readyAfter)} ms, process ${milvus.pid}\n`,
  )
  const [signal] = await Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => [name])))
  process.stdout.write(`${signal}: ending\n`)
  await milvus.stop()
}
