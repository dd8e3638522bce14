import { readFile } from 'node:fs/promises'
import type { App } from './typed-app.ts'

/** Swagger UI styles itself by attributes; scripts, requests and images are the service's own alone. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Evident API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

/** No validator: its badge would be an image from elsewhere. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
})
`

const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const

/**
 * `/docs`: Swagger UI over `/openapi.json`. The files come from the package @fastify/swagger-ui when they are asked
 * for; registering that plugin would cost every start 70 ms, for its YAML and static-file servers.
 */
export function serveApiPage(app: App): void {
  const route = { config: { access: 'public' }, schema: { hide: true } } as const
  app.get('/docs', route, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(PAGE),
  )
  app.get('/docs/start.js', route, async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START))
  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/docs/${name}`, route, async (_request, reply) => {
      const file = await readFile(new URL(`./static/${name}`, import.meta.resolve('@fastify/swagger-ui')))
      return reply.type(type).header('cache-control', 'public, max-age=86400').send(file)
    })
  }
}
