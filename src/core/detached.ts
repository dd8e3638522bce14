/**
 * A string that stands for itself. A slice of 13 code units or more keeps the text it was cut from alive in V8; what is
 * kept for long must not.
 */
export const detached = (text: string): string =>
  text.length < 13 ? text : String.fromCharCode(...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)))
