/** Runs of blanks within a line become one space, lines are trimmed, empty lines go. */
export const tidyLines = (text: string): string =>
  text
    .replaceAll('\u00ad', '')
    .split('\n')
    .map((line) => line.replace(/[^\S\n]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
