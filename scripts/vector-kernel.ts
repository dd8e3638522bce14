// Builds the WebAssembly that scans vectors: `npm run kernel` writes src/index/kernels/*.wasm, a test compares them.
import { mkdir, writeFile } from 'node:fs/promises'
import wabt from 'wabt'

export type Build = 'relaxed' | 'plain'

/** Files of kernels: two builds of the scan, and the exact products. */
export const KERNELS = ['relaxed', 'plain', 'exact'] as const

/** One 16-byte step of a row at $p against the query at $q, added to an accumulator. */
const STEP: Readonly<Record<Build, (offset: number, sum: string) => string>> = {
  // The query's numbers have a sign, the row's are 0 to 127: so the instruction gives the same on every processor.
  relaxed: (offset, sum) => `
    (local.set ${sum} (i32x4.relaxed_dot_i8x16_i7x16_add_s
      (v128.load offset=${offset} (local.get $q)) (v128.load offset=${offset} (local.get $p)) (local.get ${sum})))`,
  // The query is widened to 16 bits beforehand.
  plain: (offset, sum) => `
    (local.set ${sum} (i32x4.add (local.get ${sum}) (i32x4.dot_i16x8_s
      (v128.load8x8_u offset=${offset} (local.get $p)) (v128.load offset=${2 * offset} (local.get $q)))))
    (local.set ${sum} (i32x4.add (local.get ${sum}) (i32x4.dot_i16x8_s
      (v128.load8x8_u offset=${offset + 8} (local.get $p)) (v128.load offset=${2 * offset + 16} (local.get $q)))))`,
}

const LOCALS = `
  (local $p i32) (local $q i32) (local $last i32) (local $left i32) (local $scored f32) (local $count i32)
  (local $a v128) (local $b v128) (local $c v128) (local $d v128)`
const ZERO = '(v128.const i32x4 0 0 0 0)'

/** Sets $scored to what the row at $p says: four accumulators, as each addition would else wait for the one before. */
const scoreRow = (build: Build): string => {
  const queryBytes = build === 'plain' ? 2 : 1
  return `
    (local.set $q (local.get $query))
    (local.set $a ${ZERO}) (local.set $b ${ZERO}) (local.set $c ${ZERO}) (local.set $d ${ZERO})
    (local.set $left (i32.shr_u (local.get $dimension) (i32.const 6)))
    (block $tail (loop $more
      (br_if $tail (i32.eqz (local.get $left)))
      ${['$a', '$b', '$c', '$d'].map((sum, i) => STEP[build](16 * i, sum)).join('')}
      (local.set $p (i32.add (local.get $p) (i32.const 64)))
      (local.set $q (i32.add (local.get $q) (i32.const ${64 * queryBytes})))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $more)))
    (local.set $left (i32.and (i32.shr_u (local.get $dimension) (i32.const 4)) (i32.const 3)))
    (block $summed (loop $rest
      (br_if $summed (i32.eqz (local.get $left)))
      ${STEP[build](0, '$a')}
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (local.set $q (i32.add (local.get $q) (i32.const ${16 * queryBytes})))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $rest)))
    (local.set $a (i32x4.add (i32x4.add (local.get $a) (local.get $b)) (i32x4.add (local.get $c) (local.get $d))))
    (local.set $scored (f32.mul
      (f32.convert_i32_s (i32.sub
        (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
          (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a))))
        (local.get $shift)))
      (f32.load (local.get $scale))))`
}

/** Appends (row, score) where the score is above the threshold. A scale of NaN keeps its row out. */
const KEEP = `
    (if (f32.gt (local.get $scored) (local.get $threshold)) (then
      (i32.store (local.get $out) (local.get $row))
      (f32.store offset=4 (local.get $out) (local.get $scored))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))))`

const PARAMETERS = `(param $query i32) (param $dimension i32) (param $shift i32) (param $threshold f32) (param $out i32)`

/** `scan`: the rows from $row to $end - 1, which lie one after the other from $rows on. */
const scan = (build: Build): string => `
  (func (export "scan") (param $rows i32) (param $scale i32) (param $row i32) (param $end i32) ${PARAMETERS} (result i32)
    ${LOCALS}
    (local.set $p (local.get $rows))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $row) (local.get $end)))
      ${scoreRow(build)}
      ${KEEP}
      (local.set $scale (i32.add (local.get $scale) (i32.const 4)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br $next)))
    (local.get $count))`

/** `gather`: only those whose numbers (counted from $rows) stand at $list. */
const gather = (build: Build): string => `
  (func (export "gather") (param $rows i32) (param $scales i32) (param $list i32) (param $end i32) ${PARAMETERS} (result i32)
    (local $row i32) (local $scale i32)
    ${LOCALS}
    (local.set $last (i32.add (local.get $list) (i32.shl (local.get $end) (i32.const 2))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $list) (local.get $last)))
      (local.set $row (i32.load (local.get $list)))
      (local.set $p (i32.add (local.get $rows) (i32.mul (local.get $row) (local.get $dimension))))
      (local.set $scale (i32.add (local.get $scales) (i32.shl (local.get $row) (i32.const 2))))
      ${scoreRow(build)}
      ${KEEP}
      (local.set $list (i32.add (local.get $list) (i32.const 4)))
      (br $next)))
    (local.get $count))`

const moduleText = (build: Build): string => `(module
  (import "index" "memory" (memory 1 65536 shared))
  ${scan(build)}
  ${gather(build)})`

/** One 16-number step of a row against the query, added to four accumulators. */
const EXACT_STEP = ['$a', '$b', '$c', '$d']
  .map(
    (sum, i) => `
    (local.set ${sum} (f32x4.add (local.get ${sum}) (f32x4.mul
      (v128.load offset=${16 * i} (local.get $q)) (v128.load offset=${16 * i} (local.get $p)))))`,
  )
  .join('')

/** `products`: of the query at $query with each of $count rows of $dimension floats that lie one after the other. */
const EXACT_MODULE = `(module
  (import "index" "memory" (memory 1 65536))
  (func (export "products")
    (param $query i32) (param $p i32) (param $count i32) (param $dimension i32) (param $out i32)
    (local $q i32) (local $left i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $q (local.get $query))
      (local.set $a ${ZERO}) (local.set $b ${ZERO}) (local.set $c ${ZERO}) (local.set $d ${ZERO})
      (local.set $left (local.get $dimension))
      (loop $more
        ${EXACT_STEP}
        (local.set $p (i32.add (local.get $p) (i32.const 64)))
        (local.set $q (i32.add (local.get $q) (i32.const 64)))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 16)))))
      (local.set $a (f32x4.add (f32x4.add (local.get $a) (local.get $b)) (f32x4.add (local.get $c) (local.get $d))))
      (f32.store (local.get $out) (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
        (f32.add (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))))`

/** The bytes of one kernel. */
export async function kernel(name: (typeof KERNELS)[number]): Promise<Uint8Array> {
  const features = { simd: true, relaxed_simd: name === 'relaxed', threads: true }
  const text = name === 'exact' ? EXACT_MODULE : moduleText(name)
  const parsed = (await wabt()).parseWat(`${name}.wat`, text, features)
  // The types leave out what it takes.
  ;(parsed.validate as (features: object) => void).call(parsed, features)
  const { buffer } = parsed.toBinary({ write_debug_names: false })
  parsed.destroy()
  return buffer
}

if (import.meta.main) {
  const folder = new URL('../src/index/kernels/', import.meta.url)
  await mkdir(folder, { recursive: true })
  for (const name of KERNELS) await writeFile(new URL(`${name}.wasm`, folder), await kernel(name))
}
