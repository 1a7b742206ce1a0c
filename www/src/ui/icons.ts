// The page's drawings. Colours come from the style sheet.
import { s } from './dom'

const PATHS = {
  1: ['M12 3v2M8 7h8l1 3v7l-2 3H9l-2-3v-7z', 'M12 11c2 2 2 4 0 5.5-2-1.5-2-3.5 0-5.5z'],
  2: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', 'M15.5 8.5l-2 5-5 2 2-5z'],
  3: ['M4 18h16M4 15l-1-8 5 4 4-6 4 6 5-4-1 8z'],
  heart: ['M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.6 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z'],
  shield: ['M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z', 'M9.5 9.5l5 5M14.5 9.5l-5 5'],
} as const

export const icon = (name: keyof typeof PATHS): SVGElement =>
  s('svg', { viewBox: '0 0 24 24', class: `icon icon-${name}`, 'aria-hidden': 'true' }, ...PATHS[name].map((d) => s('path', { d })))

/** The player's piece, with a place for a crown. */
export const piece = (): SVGElement =>
  s(
    'svg',
    { viewBox: '0 0 40 40', class: 'piece-drawing', 'aria-hidden': 'true' },
    s('ellipse', { class: 'piece-shadow', cx: 20, cy: 34, rx: 11, ry: 3 }),
    s('path', { class: 'piece-body', d: 'M11 33c0-6 4-7 5-13h8c1 6 5 7 5 13z' }),
    s('circle', { class: 'piece-head', cx: 20, cy: 14, r: 6.5 }),
    s('path', { class: 'piece-crown', d: 'M13 9l-1-6 4 3 4-5 4 5 4-3-1 6z' }),
  )
