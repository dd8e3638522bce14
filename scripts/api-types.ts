// Writes test/api-types.ts, the types of the HTTP API for the client of our own end-to-end tests, from /openapi.json.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'
import { root, startServer } from './drills/server.ts'

/** The types of what this document describes, as TypeScript. */
export async function typesOf(document: OpenAPI3): Promise<string> {
  const head = '// Made by scripts/api-types.ts from /openapi.json: do not edit.\n'
  return `${head}${astToString(await openapiTS(document, { alphabetize: true }))}`
}

if (import.meta.main) {
  const dataDir = mkdtempSync(join(tmpdir(), 'evident-api-types-'))
  const server = await startServer({ dataDir })
  try {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenAPI3
    writeFileSync(join(root, 'test', 'api-types.ts'), await typesOf(document))
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
