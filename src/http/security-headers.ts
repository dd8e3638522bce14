import { Socket } from 'node:net'
import helmet from 'helmet'

// As in app.ts: an import, also of a few names, loads the HTTP client and the WebSocket among its exports.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http')

/** For an API: its answers load and run nothing. A route that serves a page sets its own content-security-policy. */
const setHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
  // Only FORCE_HTTPS says that nothing else of this host is meant to be used without TLS.
  strictTransportSecurity: false,
})

/**
 * What every answer carries, also those that no hook sees, by names in lower case. They are the same for all, and worked
 * out once: for each answer anew that takes a twentieth of the time of a short one.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = securityHeaders()

function securityHeaders(): Record<string, string> {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  setHeaders(request, response, (error) => {
    if (error !== undefined) throw new Error('The security headers cannot be worked out', { cause: error })
  })
  const headers = Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const)
  return { ...Object.fromEntries(headers), 'cache-control': 'no-store' }
}
