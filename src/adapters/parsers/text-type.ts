/** Telling text types apart: by what they must begin with, or by parsing them. */

const HEAD = 4_096

/** The media type of text whose name says nothing. */
export const sniffText = (text: string): string => {
  const head = text.slice(0, HEAD).trimStart()
  if (/^(<!--[^]{0,1000}?-->\s*)?(<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])/i.test(head)) return 'text/html'
  if (head.startsWith('<?xml')) return /<html[\s>]/i.test(head) ? 'text/html' : 'application/xml'
  if (looksLikeMail(head)) return 'message/rfc822'
  if (/^[[{]/.test(head)) {
    if (jsonProblem(text) === undefined) return 'application/json'
    if (jsonLinesProblem(text) === undefined) return 'application/x-ndjson'
  }
  return 'text/plain'
}

/** What keeps the text from being of the type, as the rest of a sentence; undefined when nothing does. */
export const validates = (mediaType: string, text: string): string | undefined => {
  if (mediaType === 'application/json') {
    const problem = jsonProblem(text)
    return problem === undefined || jsonLinesProblem(text) === undefined ? undefined : `is not valid JSON (${problem})`
  }
  if (mediaType === 'application/x-ndjson') {
    const problem = jsonLinesProblem(text)
    return problem === undefined || jsonProblem(text) === undefined ? undefined : `is not valid JSON Lines (${problem})`
  }
  if (mediaType === 'application/xml' && !text.trimStart().startsWith('<')) return 'does not begin like XML'
  if (mediaType === 'message/rfc822' && !/^[\w-]+:/m.test(text.slice(0, HEAD))) return 'has no e-mail headers'
  return undefined
}

const jsonProblem = (text: string): string | undefined => {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    if (error instanceof SyntaxError) return error.message.replace(/, ?"?\.\.\.[^]*$|, "[^]*$/, '').slice(0, 100)
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const jsonLinesProblem = (text: string): string | undefined => {
  let line = 0
  for (const source of text.split('\n')) {
    line += 1
    if (source.trim() === '') continue
    if (!/^\s*[[{"\d\-tfn]/.test(source)) return `line ${line}`
    const problem = jsonProblem(source)
    if (problem !== undefined) return `line ${line}: ${problem}`
  }
  return undefined
}

const MAIL_HEADERS =
  /^(from|to|cc|subject|date|received|message-id|mime-version|return-path|content-type|delivered-to|x-[\w-]+):/i

/** At least two known header fields before the first empty line, and nothing there that is no header. */
const looksLikeMail = (head: string): boolean => {
  let known = 0
  for (const line of head.split(/\r?\n/)) {
    if (line === '') break
    if (/^[ \t]/.test(line) || /^From \S+/.test(line)) continue
    if (!/^[\w-]+:/.test(line)) return false
    if (MAIL_HEADERS.test(line)) known += 1
  }
  return known >= 2 && /^(from|received|mime-version|message-id|return-path):/im.test(head)
}
