import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, Server, TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Logger } from '../core/ports/surroundings.ts'
import { StartError } from '../core/start-error.ts'

/** Paths of PEM files. */
export interface CertificateFiles {
  /** The certificate, and after it those that lead to its authority. */
  readonly certificate: string
  readonly key: string
  /** Milliseconds between two looks at the files. */
  readonly lookEvery?: number
}

/** What a server shows of itself. */
export interface ServerCertificate {
  /** The certificate that is served now, as PEM and without those that lead to its authority. */
  readonly pem: () => string
  /** Hears of each that takes its place. */
  readonly onRenewal: (heard: () => void) => void
}

declare module 'fastify' {
  interface FastifyInstance {
    /** undefined: it speaks plain HTTP. */
    readonly certificate: ServerCertificate | undefined
  }
}

const LOOK_EVERY = 10_000
/** Milliseconds that a client has for its handshake. */
const HANDSHAKE = 20_000

export interface Tls {
  /** For the server. */
  readonly options: ServerOptions
  /** Takes up what replaces the files while the server runs: certificates are renewed every few weeks. */
  keepUp(app: FastifyInstance, logger: Logger): void
}

interface Loaded {
  readonly cert: string
  readonly key: string
  readonly leaf: X509Certificate
  readonly context: SecureContext
}

/** TLS in process. @throws StartError naming the variable whose file is not right */
export function openTls(files: CertificateFiles): Tls {
  let loaded = load(files, readOrFail('SSL_CERT_PATH', files.certificate), readOrFail('SSL_KEY_PATH', files.key))
  return {
    options: {
      cert: loaded.cert,
      key: loaded.key,
      handshakeTimeout: HANDSHAKE,
      // Besides `setSecureContext`: the framework may listen on a second address by a server of its own.
      SNICallback: (_name, done) => done(null, loaded.context),
    },
    keepUp(app, logger) {
      const heard: (() => void)[] = []
      app.decorate('certificate', { pem: () => loaded.leaf.toString(), onRenewal: (one) => void heard.push(one) })
      warnOfDates(loaded.leaf, logger)
      let refused = ''
      async function look(): Promise<void> {
        const [cert, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')])
        if (cert === loaded.cert && key === loaded.key) return
        loaded = load(files, cert, key)
        if (app.server instanceof Server) app.server.setSecureContext({ cert, key })
        logger.info({ valid_to: loaded.leaf.validTo }, 'The renewed certificate is served from now on')
        warnOfDates(loaded.leaf, logger)
        heard.forEach((one) => one())
        refused = ''
      }
      // Looking tells of every way in which files are replaced, also by links and in containers; watching does not.
      const timer = setInterval(() => {
        look().catch((error: unknown) => {
          // One of the two may be there before the other; the old ones serve until both are.
          const reason = error instanceof Error ? error.message : String(error)
          if (reason !== refused) logger.warn({ reason }, 'The files of the certificate changed and cannot be used')
          refused = reason
        })
      }, files.lookEvery ?? LOOK_EVERY)
      timer.unref()
      app.addHook('onClose', async () => clearInterval(timer))
    },
  }
}

function readOrFail(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new StartError(`${variable} ${path} cannot be read (${reason}).`, { cause: error })
  }
}

function load(files: CertificateFiles, cert: string, key: string): Loaded {
  const leaf = attempt(
    () => new X509Certificate(cert),
    `SSL_CERT_PATH ${files.certificate} holds no certificate in PEM form.`,
  )
  const secret: KeyObject = attempt(
    () => createPrivateKey(key),
    `SSL_KEY_PATH ${files.key} holds no private key in PEM form that opens without a passphrase.`,
  )
  if (!leaf.checkPrivateKey(secret)) {
    throw new StartError(`SSL_KEY_PATH ${files.key} is not the key of the certificate in SSL_CERT_PATH.`)
  }
  const context = attempt(
    () => createSecureContext({ cert, key }),
    `SSL_CERT_PATH ${files.certificate} cannot be served: what follows its first certificate is not right, or it is too weak.`,
  )
  return { cert, key, leaf, context }
}

function attempt<T>(make: () => T, line: string): T {
  try {
    return make()
  } catch (error) {
    throw new StartError(line, { cause: error })
  }
}

/** No reason not to start: the files may be renewed at any moment. */
function warnOfDates({ validFrom, validTo }: X509Certificate, logger: Logger): void {
  const now = Date.now()
  if (now >= Date.parse(validFrom) && now <= Date.parse(validTo)) return
  logger.warn({ valid_from: validFrom, valid_to: validTo }, 'The certificate in SSL_CERT_PATH is not valid today')
}

export const isSecure = (socket: Socket): boolean => socket instanceof TLSSocket
