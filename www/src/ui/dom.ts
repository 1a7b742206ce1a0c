// The page's way to make elements: no framework, no HTML text, no inline styles.

type Child = Node | string | null | undefined | false
type Props = Readonly<Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>>

const SVG = 'http://www.w3.org/2000/svg'

/** An element. `class`, `data-…`, `aria-…` and other attributes by name; functions are listeners: `onclick`. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  setProps(element, props)
  element.append(...children.filter(isNode))
  return element
}

/** An SVG element, with the same rules. */
export function s(tag: string, props: Props = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag)
  setProps(element, props)
  element.append(...children.filter(isNode))
  return element
}

function setProps(element: Element, props: Props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value))
  }
}

const isNode = (child: Child): child is Node | string => child !== null && child !== undefined && child !== false && child !== ''

/** A button; `type` keeps it from submitting forms. */
export function button(testId: string, label: Child, onclick: (event: Event) => void, props: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'button', 'data-testid': testId, onclick, ...props }, label)
}

/** Sets text only when it changed, so that what a screen reader follows does not flicker. */
export function setText(element: Element, text: string) {
  if (element.textContent !== text) element.textContent = text
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`The page has no #${id}.`)
  return element
}

/** Says something to screen readers. */
export function announce(text: string) {
  setText(byId('announcer'), text)
}
