// Writes THIRD_PARTY_NOTICES.md: what Evident ships (models) and what it installs (packages), with the licences.
// `--check` compares instead, for test/package.test.ts.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const target = join(root, 'THIRD_PARTY_NOTICES.md')

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), license: z.string().optional(), dev: z.boolean().optional() }),
  ),
})

/** Licences that packages state elsewhere than in the field that the lock file copies. */
const STATED_ELSEWHERE: Readonly<Record<string, string>> = {}

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
}

function installedPackages(): Package[] {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')))
  const found = new Map<string, Package>()
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '' || entry.dev === true) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const license = entry.license ?? STATED_ELSEWHERE[name]
    if (license === undefined) throw new Error(`The lock file has no licence for ${name}: look it up and add it here`)
    const version = entry.version ?? ''
    found.set(`${name}@${version}`, { name, version, license })
  }
  const key = ({ name, version }: Package): string => `${name}@${version}`
  return [...found.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

function models(): string {
  const names = readdirSync(join(root, 'models'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()
  return names
    .map((name) => {
      const license = readFileSync(join(root, 'models', name, 'LICENSE'), 'utf8').trim()
      return `### ${name}\n\nOrigin and how the file was made: \`models/${name}/PROVENANCE.md\`.\n\n\`\`\`text\n${license}\n\`\`\``
    })
    .join('\n\n')
}

const packages = installedPackages()
const text = `# Third-party notices

Evident itself is under the Apache License 2.0 (\`LICENSE\`). This file is written by \`npm run notices\`.

## Models in this repository and in the package

${models()}

## Packages that an installation brings

They are not part of this repository; npm installs them, each with its own licence text. Packages for other platforms
than yours are listed and not installed.

| package | version | licence |
| --- | --- | --- |
${packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join('\n')}
`

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('THIRD_PARTY_NOTICES.md is not what the lock file says: run `npm run notices`')
    process.exitCode = 1
  }
} else {
  writeFileSync(target, text)
  console.log(`THIRD_PARTY_NOTICES.md: ${packages.length} packages`)
}
