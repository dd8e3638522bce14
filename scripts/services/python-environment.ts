// Services that come as Python packages, each in an environment of its own under `.services/` of the checkout.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const SERVICES = resolve(import.meta.dirname, '../../.services')
const run = promisify(execFile)

/**
 * The folder `name` with the packages in its `venv`, made once; `finish` sees it before it counts as made, at another place.
 * @throws Error where Python or a package cannot be had
 */
export async function pythonEnvironment(
  name: string,
  packages: readonly string[],
  finish: (folder: string, python: string) => Promise<unknown> = async () => undefined,
): Promise<string> {
  const installed = join(SERVICES, name)
  if (existsSync(installed)) return installed
  // Half an installation is none.
  await mkdir(SERVICES, { recursive: true })
  const making = await mkdtemp(`${installed}-`)
  try {
    await run('python3', ['-m', 'venv', join(making, 'venv')])
    const python = join(making, 'venv/bin/python')
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages])
    await finish(making, python)
    await rename(making, installed)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another run was faster.
    if (!existsSync(installed)) throw error
  }
  return installed
}
