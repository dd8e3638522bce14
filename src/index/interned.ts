import { grown } from './growing.ts'

/** No value: numbers are given from 1 on. */
export const NONE = 0

/**
 * Strings as small numbers. Each string that is in use has one, and the number of a string that nothing uses any more is
 * given again.
 */
export class Interned {
  #numbers = new Map<string, number>()
  #strings: (string | undefined)[] = [undefined]
  #uses = new Uint32Array(1)
  #free: number[] = []

  /** One more than the largest number given. */
  get end(): number {
    return this.#strings.length
  }

  get bytes(): number {
    return this.#uses.byteLength + this.#numbers.size * BYTES_PER_STRING
  }

  /** Of a string in use, else undefined. */
  numberOf(text: string): number | undefined {
    return this.#numbers.get(text)
  }

  /** Of a number how often it is used; `NONE` is never. */
  usesOf(number: number): number {
    return this.#uses[number] as number
  }

  /** The string's number, used once more. */
  take(text: string): number {
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#free.pop() ?? this.#strings.length
      this.#numbers.set(text, number)
      this.#strings[number] = text
      this.#uses = grown(this.#uses, number + 1)
    }
    this.#uses[number] = (this.#uses[number] as number) + 1
    return number
  }

  /** Used once less. `NONE` is taken as it is. */
  release(number: number): void {
    const text = this.#strings[number]
    if (text === undefined) return
    this.#uses[number] = (this.#uses[number] as number) - 1
    if (this.#uses[number] !== 0) return
    this.#numbers.delete(text)
    this.#strings[number] = undefined
    this.#free.push(number)
  }

  /** By their numbers; what has none is empty. */
  strings(): string[] {
    return this.#strings.map((text) => text ?? '')
  }
}

/** A map entry, a place in the list, and a string of a few words. */
const BYTES_PER_STRING = 128
