import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { API_VERSION } from '../../http/api-docs.ts'
import type { App } from '../../http/app.ts'

const about = z.object({ message: z.string(), version: z.string(), timestamp: z.string(), docs: z.string() })

/** `/`: the page for a browser, the contract's greeting for everybody else. */
export async function pageRoute(app: App, { file, now }: { file: URL; now: () => Date }): Promise<void> {
  const html = await readFile(file, 'utf8')
  const policy = pagePolicy(html)
  app.get(
    '/',
    {
      config: { access: 'public' },
      schema: { tags: ['Diagnostics'], summary: 'What this is; the page for a browser', response: { 200: about } },
    },
    async (request, reply) => {
      reply.header('vary', 'accept')
      if (wantsHtml(request.headers.accept)) {
        return reply
          .type('text/html; charset=utf-8')
          .header('content-security-policy', policy)
          .serializer((body: unknown) => String(body))
          .send(html as never)
      }
      return {
        message: 'Agentic RAG System API',
        version: API_VERSION,
        timestamp: now().toISOString(),
        docs: '/docs',
      }
    },
  )
}

const wantsHtml = (accept: string | undefined): boolean => accept?.includes('text/html') ?? false

/** Only the page's own script and style run, known by their checksums; it talks to nobody but this server. */
function pagePolicy(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${checksums(html, 'script')}`,
    `style-src ${checksums(html, 'style')}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function checksums(html: string, tag: 'script' | 'style'): string {
  const bodies = [...html.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, 'g'))].map((match) => match[1] ?? '')
  if (bodies.length === 0) return "'none'"
  return bodies.map((body) => `'sha256-${createHash('sha256').update(body).digest('base64')}'`).join(' ')
}
