import { readFileSync } from 'node:fs'

/** Version of the package, from its own package.json (two folders up in the sources and in the built package alike). */
export const PACKAGE_VERSION: string = readVersion()

function readVersion(): string {
  const content: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const isObject = typeof content === 'object' && content !== null && 'version' in content
  if (isObject && typeof content.version === 'string') return content.version
  throw new Error('package.json has no version')
}
