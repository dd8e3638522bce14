#!/usr/bin/env node
// Kept tiny: what it loads lazily starts faster from the compile cache, which must be on before.
import { prepareRuntime } from './config/runtime.ts'

prepareRuntime()
const { run } = await import('./cli/program.ts')
process.exitCode = await run(process.argv)
