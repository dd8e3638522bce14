/** Colours are those of the service's own page. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f5f0, #141513);
  --card: light-dark(#ffffff, #1d1f1c);
  --ink: light-dark(#1c1d1b, #eceae3);
  --soft: light-dark(#5b5c57, #a9aaa2);
  --line: light-dark(#dcd8cd, #343732);
  --accent: light-dark(#0f5f5c, #7fd0c8);
  --mark: light-dark(#ffe680, #6a5600);
  --mark-ink: light-dark(#1c1d1b, #fff6d6);
  --good: light-dark(#2f7d46, #8fd6a3);
  --fair: light-dark(#7a5200, #f0c670);
  --poor: light-dark(#b3402f, #ff9e90);
  --none: light-dark(#6b6f8a, #9aa0c8);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, header { max-width: 70rem; margin: 0 auto; padding: 1rem clamp(1rem, 3vw, 2rem); }
h1, h2 { font-family: "Iowan Old Style", Palatino, "Book Antiqua", Georgia, "Noto Serif", serif; line-height: 1.2; }
h1 { font-size: 1.7rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.soft { color: var(--soft); font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
.tiles li, figure, .case { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .75rem .9rem; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
figure { margin: 0; }
figcaption { font-size: .9rem; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
svg .tick { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); }
svg .axis { stroke: var(--soft); }
svg .ideal { fill: none; stroke: var(--soft); stroke-dasharray: 5 4; }
svg .interval { stroke: var(--accent); stroke-width: 2; opacity: .6; }
svg .point { fill: var(--accent); }
svg .first { fill: none; stroke: var(--accent); stroke-width: 2.5; }
svg .second { fill: none; stroke: var(--fair); stroke-width: 2.5; stroke-dasharray: 6 3; }
svg .good { fill: var(--good); }
svg .poor { fill: var(--poor); }
svg .nothing { fill: var(--none); }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .3em; vertical-align: -.05em; }
.key.good { background: var(--good); }
.key.poor { background: var(--poor); }
.key.nothing { background: var(--none); }
.key.first { background: var(--accent); }
.key.second { background: var(--fair); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
td.figure { white-space: nowrap; text-align: right; }
th.figure { text-align: right; }
.better { color: var(--good); }
.worse { color: var(--poor); }
.case { margin: .75rem 0; }
.case dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem .9rem; margin: .4rem 0; }
.case dt { color: var(--soft); }
.case dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
blockquote { margin: .5rem 0; padding: .3rem .9rem; border-left: 3px solid var(--line); overflow-wrap: anywhere; white-space: pre-line; color: var(--soft); }
blockquote mark { background: var(--mark); color: var(--mark-ink); padding: 0 .1em; }
summary { cursor: pointer; color: var(--accent); }
@media (max-width: 40rem) {
  .case dl { grid-template-columns: 1fr; gap: 0; }
  .case dd { margin-bottom: .4rem; }
  th, td { padding-right: .5rem; font-size: .9rem; }
  td.means { display: none; }
  th.means { display: none; }
}
@media print { details > * { display: block; } }
`
