// Builds the WebAssembly that scans vectors: `npm run kernel` writes src/index/kernels/*.wasm, a test compares them.
import { mkdir, writeFile } from 'node:fs/promises'
import wabt from 'wabt'

export type Build = 'relaxed' | 'plain'

/** Files of kernels: two builds of the scan, and the exact products. */
export const KERNELS = ['relaxed', 'plain', 'exact'] as const

/** The four rows that are scored at a time. */
const FOUR = [0, 1, 2, 3] as const

/** One 16-byte step of the four rows against the query at $q, added to an accumulator for each. */
const STEP: Readonly<Record<Build, string>> = {
  // The query's numbers have a sign, the row's are 0 to 127: so the instruction gives the same on every processor.
  relaxed: `
    (local.set $low (v128.load (local.get $q)))
    ${FOUR.map(
      (i) => `
    (local.set $sum${i} (i32x4.relaxed_dot_i8x16_i7x16_add_s
      (local.get $low) (v128.load (local.get $p${i})) (local.get $sum${i})))`,
    ).join('')}`,
  // The query is widened to 16 bits beforehand.
  plain: `
    (local.set $low (v128.load (local.get $q)))
    (local.set $high (v128.load offset=16 (local.get $q)))
    ${FOUR.map(
      (i) => `
    (local.set $sum${i} (i32x4.add (local.get $sum${i}) (i32x4.add
      (i32x4.dot_i16x8_s (v128.load8x8_u (local.get $p${i})) (local.get $low))
      (i32x4.dot_i16x8_s (v128.load8x8_u offset=8 (local.get $p${i})) (local.get $high)))))`,
    ).join('')}`,
}

const ZERO = '(v128.const i32x4 0 0 0 0)'

/** Appends (row, score) where there is such a row and its score is above the threshold. A scale of NaN keeps it out. */
const keep = (i: number): string => `
    (local.set $scored (f32.mul
      (f32.convert_i32_s (i32.sub
        (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $sum${i})) (i32x4.extract_lane 1 (local.get $sum${i})))
          (i32.add (i32x4.extract_lane 2 (local.get $sum${i})) (i32x4.extract_lane 3 (local.get $sum${i}))))
        (local.get $shift)))
      (f32.load (i32.add (local.get $scales) (i32.shl (local.get $row${i}) (i32.const 2))))))
    (if
      (i32.and
        (f32.gt (local.get $scored) (local.get $threshold))
        (i32.lt_u (i32.add (local.get $at) (i32.mul (local.get $quarter) (i32.const ${i}))) (local.get $number)))
      (then
        (i32.store (local.get $out) (local.get $row${i}))
        (f32.store offset=4 (local.get $out) (local.get $scored))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))))`

/**
 * Scores $number rows, one of each quarter at a time: a processor fetches four streams from memory about twice as fast as
 * one, and each step of the query is read once for four rows. What is kept is therefore in no order.
 * @param row where the number of the row at place $place stands
 */
const scoreRows = (build: Build, row: string): string => `
  (local $at i32) (local $quarter i32) (local $place i32) (local $q i32) (local $left i32)
  (local $scored f32) (local $count i32) (local $low v128) (local $high v128)
  ${FOUR.map((i) => `(local $row${i} i32) (local $p${i} i32) (local $sum${i} v128)`).join('\n  ')}
  (local.set $quarter (i32.shr_u (i32.add (local.get $number) (i32.const 3)) (i32.const 2)))
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $at) (local.get $quarter)))
    ${FOUR.map(
      (i) => `
    (local.set $place (i32.add (local.get $at) (i32.mul (local.get $quarter) (i32.const ${i}))))
    ;; The quarters together can be longer than the rows: then the last row is read again, and not kept.
    (local.set $place (select (local.get $place) (i32.sub (local.get $number) (i32.const 1))
      (i32.lt_u (local.get $place) (local.get $number))))
    (local.set $row${i} ${row})
    (local.set $p${i} (i32.add (local.get $rows) (i32.mul (local.get $row${i}) (local.get $dimension))))
    (local.set $sum${i} ${ZERO})`,
    ).join('')}
    (local.set $q (local.get $query))
    (local.set $left (local.get $dimension))
    (loop $more
      ${STEP[build]}
      ${FOUR.map((i) => `(local.set $p${i} (i32.add (local.get $p${i}) (i32.const 16)))`).join('\n      ')}
      (local.set $q (i32.add (local.get $q) (i32.const ${build === 'plain' ? 32 : 16})))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 16)))))
    ${FOUR.map(keep).join('')}
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br $next)))
  (local.get $count)`

const PARAMETERS = `(param $number i32) (param $query i32) (param $dimension i32) (param $shift i32)
    (param $threshold f32) (param $out i32)`

/** `scan`: the first $number rows, which lie one after the other from $rows on. */
const scan = (build: Build): string => `
  (func (export "scan") (param $rows i32) (param $scales i32) ${PARAMETERS} (result i32)
    ${scoreRows(build, '(local.get $place)')})`

/** `gather`: only those whose numbers (counted from $rows) stand at $list. */
const gather = (build: Build): string => `
  (func (export "gather") (param $rows i32) (param $scales i32) (param $list i32) ${PARAMETERS} (result i32)
    ${scoreRows(build, '(i32.load (i32.add (local.get $list) (i32.shl (local.get $place) (i32.const 2))))')})`

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

/** `products`: of the query at $query with each of $count rows of $dimension floats, which begin where $list says. */
const EXACT_MODULE = `(module
  (import "index" "memory" (memory 1 65536))
  (func (export "products")
    (param $query i32) (param $list i32) (param $count i32) (param $dimension i32) (param $out i32)
    (local $p i32) (local $q i32) (local $left i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $p (i32.load (local.get $list)))
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
      (local.set $list (i32.add (local.get $list) (i32.const 4)))
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
