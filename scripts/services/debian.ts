// Programs that Debian packages, for services that tests and drills start themselves.
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian asks it before it starts what it has installed: 101 means that it must not. */
const POLICY = '/usr/sbin/policy-rc.d'
const NEVER_START = '#!/bin/sh\nexit 101\n'

/**
 * The path of a program, which is installed with `apt-get` where it is missing. No service is started by that.
 * @throws Error that says what to install where that cannot be done here
 */
export async function debianProgram(program: string, packageName: string): Promise<string> {
  const found = await inPath(program)
  if (found !== undefined) return found
  if ((await inPath('apt-get')) === undefined || process.getuid?.() !== 0) {
    throw new Error(`${program} is missing: install ${packageName} (here it can be done by root on Debian only)`)
  }
  await unstarted(() => install(packageName))
  const installed = await inPath(program)
  if (installed === undefined) throw new Error(`${packageName} was installed, and has no ${program}`)
  return installed
}

async function install(packageName: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]): Promise<unknown> =>
    run('apt-get', ['-q', ...args], { env, maxBuffer: 64 * 1_048_576 })
  const packages = ['install', '-y', '--no-install-recommends', packageName]
  // The lists may be missing, or name versions that the mirror no longer has.
  await apt(...packages).catch(async () => {
    await apt('update')
    await apt(...packages)
  })
}

async function unstarted(work: () => Promise<void>): Promise<void> {
  const refusal = await run(POLICY, ['any', 'start']).catch((error: unknown) => error)
  // As in most containers.
  if (refusal instanceof Error && 'code' in refusal && refusal.code === 101) return work()
  const missing = refusal instanceof Error && 'code' in refusal && refusal.code === 'ENOENT'
  const before = missing ? undefined : { text: readFileSync(POLICY), mode: statSync(POLICY).mode & 0o7777 }
  const putBack = (): void => {
    rmSync(POLICY, { force: true })
    if (before !== undefined) writeFileSync(POLICY, before.text, { mode: before.mode })
  }
  // Also when it is interrupted, or Debian would start nothing from then on.
  const interrupted = (): void => process.exit(1)
  process.once('exit', putBack).once('SIGINT', interrupted).once('SIGTERM', interrupted)
  rmSync(POLICY, { force: true })
  writeFileSync(POLICY, NEVER_START, { mode: 0o755 })
  try {
    await work()
  } finally {
    process.off('exit', putBack).off('SIGINT', interrupted).off('SIGTERM', interrupted)
    putBack()
  }
}

async function inPath(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']) {
    const path = join(folder, program)
    if (folder !== '' && (await isExecutable(path))) return path
  }
  return undefined
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
