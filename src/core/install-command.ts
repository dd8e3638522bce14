import { readFileSync } from 'node:fs'

/**
 * The command that brings optional packages of ours that an installation lacks, in the versions that this one was tried
 * with. Without their install scripts: one downloads what is not needed, and where it cannot, npm drops its package.
 */
export function installCommand(...names: readonly string[]): string {
  const versions = optionalVersions()
  const packages = names.map((name) => {
    const version = versions[name]
    if (version === undefined) throw new Error(`${name} is not one of our optional packages`)
    return `${name}@${version}`
  })
  return `npm install --ignore-scripts ${packages.join(' ')}`
}

/** Of our own package.json, two folders up in the sources and in the built package alike. */
function optionalVersions(): Readonly<Record<string, string>> {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const { optionalDependencies, peerDependencies } = manifest as Readonly<
    Record<'optionalDependencies' | 'peerDependencies', Readonly<Record<string, string>>>
  >
  return { ...optionalDependencies, ...peerDependencies }
}
