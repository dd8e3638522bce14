import { readFileSync } from 'node:fs'

export type KernelName = 'relaxed' | 'plain' | 'exact'

const modules = new Map<KernelName, WebAssembly.Module>()

/**
 * A kernel as `scripts/vector-kernel.ts` describes it, on this memory.
 * @throws WebAssembly.CompileError where this engine lacks an instruction that it uses
 */
export function instantiate(name: KernelName, memory: WebAssembly.Memory): WebAssembly.Instance['exports'] {
  return new WebAssembly.Instance(compiled(name), { index: { memory } }).exports
}

/** Relaxed SIMD is about a third faster; an engine without it refuses the module. */
export function fastestScan(): 'relaxed' | 'plain' {
  try {
    compiled('relaxed')
    return 'relaxed'
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return 'plain'
    throw error
  }
}

function compiled(name: KernelName): WebAssembly.Module {
  let module = modules.get(name)
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`./kernels/${name}.wasm`, import.meta.url)))
    modules.set(name, module)
  }
  return module
}
