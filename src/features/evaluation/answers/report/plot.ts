import { markup, type Markup } from './markup.ts'

/** A scale of d3-scale, as far as an axis needs it. */
export interface Axis {
  readonly scale: (value: number) => number
  readonly ticks: readonly number[]
  readonly label: string
  readonly format: (value: number) => string
}

/** Units of the drawing; a report shows it at about this width, and smaller on a narrow screen. */
export const WIDTH = 440
export const HEIGHT = 320
/** Where the data is drawn. */
export const FRAME = { left: 62, right: WIDTH - 24, top: 12, bottom: HEIGHT - 46 } as const

export interface Plot {
  /** Names the picture for whoever cannot see it. */
  readonly id: string
  readonly title: string
  /** What the picture shows, in words and figures. */
  readonly text: string
  readonly x: Axis
  readonly y: Axis
  readonly marks: readonly Markup[]
}

/** A picture with its axes, as SVG without scripts and styles of its own: classes take colours from the page. */
export function drawn({ id, title, text, x, y, marks }: Plot): Markup {
  const { left, right, top, bottom } = FRAME
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-text">
    <title id="${id}-title">${title}</title>
    <desc id="${id}-text">${text}</desc>
    ${y.ticks.map(
      (tick) =>
        markup`<line class="grid" x1="${left}" x2="${right}" y1="${at(y.scale(tick))}" y2="${at(y.scale(tick))}" />
          <text class="tick" x="${left - 6}" y="${at(y.scale(tick))}" dy="4" text-anchor="end"
            >${y.format(tick)}</text
          >`,
    )}
    ${x.ticks.map(
      (tick) =>
        markup`<line class="axis" x1="${at(x.scale(tick))}" x2="${at(x.scale(tick))}" y1="${bottom}" y2="${bottom + 4}" />
          <text class="tick" x="${at(x.scale(tick))}" y="${bottom + 18}" text-anchor="middle">${x.format(tick)}</text>`,
    )}
    <line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />
    <text class="label" x="${(left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x.label}</text>
    <text class="label" transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">
      ${y.label}
    </text>
    ${marks}
  </svg>`
}

/** A length in the drawing: a tenth of a unit is nothing to see. */
export const at = (value: number): number => Math.round(value * 10) / 10

export const percent = (value: number): string => `${Math.round(value * 100)} %`
