// The part of the WebAssembly interface that the index uses; TypeScript has it only with the browser's own.
declare namespace WebAssembly {
  class CompileError extends Error {}
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module'
  }
  interface Memory {
    readonly buffer: ArrayBufferLike
    /** Gives the number of pages before. */
    grow(pages: number): number
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>
  }
  const Module: new (bytes: Uint8Array) => Module
  const Memory: new (descriptor: {
    readonly initial: number
    readonly maximum: number
    readonly shared?: boolean
  }) => Memory
  const Instance: new (module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>) => Instance
}
