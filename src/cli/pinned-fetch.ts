import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

const WITHOUT_BODY = new Set([204, 205, 304])

/**
 * `fetch` to a server that shows exactly this certificate, whoever signed it and for whatever name: the command line
 * calls the server of its own machine by an address that its certificate need not have. The built-in fetch takes no
 * certificates.
 */
export function pinnedFetch(certificate: string): Fetch {
  const pinned = new X509Certificate(certificate).fingerprint256
  const agent = new Agent({
    ca: certificate,
    // Its authority may be one that this machine does not know.
    allowPartialTrustChain: true,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, { fingerprint256 }) =>
      fingerprint256 === pinned ? undefined : new Error('The server shows another certificate than it announced.'),
  })
  return async (url, init) => {
    const { method, headers, body, signal } = new Request(url, init)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = httpsRequest(url, { agent, method, headers: Object.fromEntries(headers), signal })
    outgoing.once('response', resolve).once('error', reject)
    if (body === null) outgoing.end()
    else pipeline(Readable.fromWeb(body), outgoing).catch(reject)
    return asResponse(await promise)
  }
}

function asResponse(message: IncomingMessage): Response {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const status = message.statusCode ?? 500
  const body = WITHOUT_BODY.has(status) ? null : (Readable.toWeb(message) as ConstructorParameters<typeof Response>[0])
  return new Response(body, { status, headers })
}
