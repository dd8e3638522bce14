import { once } from 'node:events'
import { z } from 'zod'
import type { compose as composeService } from '../compose.ts'
import type { Config } from '../config/config.ts'
import { type DataDirLock, lockDataDir, takenBy } from '../config/data-dir.ts'
import { letHeapsGrowWhileBusy } from '../config/runtime.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { StartError } from '../core/start-error.ts'
import { printLine, type Terminal } from './terminal.ts'

export type Compose = typeof composeService
export type Service = Awaited<ReturnType<Compose>>

export interface ServiceParts {
  readonly compose: Compose
  readonly logger: Logger
}

/**
 * `evident serve`: serves until it is told to stop, then lets running work finish. Gives the exit code.
 * Throws a StartError when the data folder or the port is taken.
 */
export async function serve(config: Config, { compose, logger }: ServiceParts, terminal: Terminal): Promise<number> {
  const lock = lockDataDir(config.dataDir, 'evident serve')
  if (lock === undefined) throw takenBy(config.dataDir)
  try {
    for (const warning of config.warnings) logger.warn({}, warning)
    const service = await compose(config, { logger, cliToken: lock.cliToken })
    try {
      const url = await open(service, config.http, lock, logger)
      const stopped = aborted(terminal.signal)
      await Promise.race([service.ready(), stopped])
      // Not before: the memory of the start would stay.
      using _heaps = letHeapsGrowWhileBusy()
      if (!terminal.signal.aborted) {
        printLine(terminal.out, `Evident is ready on ${url} (data in ${config.dataDir})`)
        const setupToken = await service.setupToken()
        if (setupToken !== undefined) {
          printLine(
            terminal.out,
            `There is no administrator yet: run evident admin create, or sign up with the setup_token ${setupToken}`,
          )
        }
        if (await isEmpty(service, lock.cliToken)) {
          printLine(
            terminal.out,
            'There are no documents yet: drop some on that page, or run evident ingest <files or folders>.',
          )
        }
      }
      await stopped
    } finally {
      await service.close()
    }
  } finally {
    lock.release()
  }
  return 0
}

/** Begins to listen where other commands find it, and gives the address as a URL. */
export async function open(
  service: Service,
  where: { readonly host: string; readonly port: number },
  lock: DataDirLock,
  logger: Logger,
): Promise<string> {
  const url = await listen(service, where)
  const { certificate } = service.app
  lock.announce(url, certificate?.pem())
  certificate?.onRenewal(() => {
    try {
      lock.announce(url, certificate.pem())
    } catch (error) {
      logger.error({ err: error }, 'Other commands cannot be told of the renewed certificate')
    }
  })
  return url
}

async function listen({ app }: Service, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw cannotListen(host, port, error)
  }
}

function cannotListen(host: string, port: number, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new StartError(`Port ${port} on ${host} is taken by another program: stop that one, or set PORT to another.`)
  }
  if (code === 'EACCES') return new StartError(`PORT ${port} is not allowed for this user: set one above 1023.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new StartError(`HOST ${host} is not an address of this machine.`)
  }
  return error
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

async function isEmpty({ app }: Service, token: string): Promise<boolean> {
  const response = await app.inject({
    url: '/api/v1/documents?limit=1',
    headers: { authorization: `Bearer ${token}` },
  })
  const list = z.object({ total: z.number() }).safeParse(response.json())
  return list.success && list.data.total === 0
}
