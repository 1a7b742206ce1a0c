// The board: sixteen by sixteen squares in four rooms, of which the one with the piece is shown. Moves are shown at once and are taken
// back if the chain does not take them.
import type { Address } from 'hallpass'
import type { App } from '../app'
import type { Position } from '../chain'
import { announce, byId, h, setText } from './dom'
import { piece } from './icons'

const SIZE = 16
const ROOM = 8
const ROOMS = ['north-west', 'north-east', 'south-west', 'south-east'] as const
/** Where the piece stands before there is a session. */
const IDLE: Position = { x: 3, y: 4 }
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

export class Board {
  readonly element: HTMLElement
  private readonly squares = h('div', { class: 'squares' })
  private readonly piece = h('div', { class: 'piece' }, piece())
  private readonly place = h('p', { class: 'board-place', 'data-testid': 'position' })
  private readonly grid = h(
    'div',
    { class: 'board', tabindex: 0, role: 'group', 'aria-label': 'Board. The arrow keys move your piece.', 'data-testid': 'board' },
    this.squares,
    this.piece,
  )
  private account: Address | null = null
  private confirmed = IDLE
  /** Moves on their way, oldest first. */
  private readonly pending: Position[] = []
  private moves = 0
  /** Number of the newest move that is on chain: receipts do not come in order. */
  private newest = 0
  private drawnRoom = -1

  constructor(private readonly app: App) {
    this.element = h('div', { class: 'board-place-and-grid' }, this.grid, this.place)
    this.grid.addEventListener('keydown', (event) => this.onKey(event))
    this.squares.addEventListener('click', (event) => this.onClick(event))
    app.changed.on(() => this.follow())
    app.landedLate.on(() => void this.reread())
    this.draw()
  }

  set crowned(crowned: boolean) {
    this.piece.toggleAttribute('data-crowned', crowned)
  }

  /** Where the piece is shown: where the last move goes. */
  private get head(): Position {
    return this.pending.at(-1) ?? this.confirmed
  }

  /** The position of the account that now acts. */
  private follow() {
    const account = this.app.session?.account ?? null
    if (account !== this.account) {
      this.account = account
      this.pending.length = 0
      this.confirmed = account === null ? IDLE : { x: 0, y: 0 }
      void this.reread()
    }
    this.draw()
  }

  private async reread() {
    const { account } = this
    if (account === null) return
    const position = await this.app.reader.position(account).catch(() => null)
    if (position && account === this.account) this.confirmed = position
    this.draw()
  }

  private onKey(event: KeyboardEvent) {
    const step = KEYS[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    void this.moveTo(this.head.x + step[0], this.head.y + step[1])
  }

  private onClick({ target }: Event) {
    const square = target instanceof Element ? target.closest<HTMLElement>('.square') : null
    if (square === null) return
    this.grid.focus({ preventScroll: true })
    void this.moveTo(Number(square.dataset['x']), Number(square.dataset['y']))
  }

  private async moveTo(x: number, y: number) {
    if (!this.app.playable || !this.reaches(x, y)) return
    const step = { x, y }
    const number = (this.moves += 1)
    this.pending.push(step)
    this.draw()
    const receipt = await this.app.run(this.app.actions.move(x, y))
    const index = this.pending.indexOf(step)
    if (index < 0) return
    this.pending.splice(index, 1)
    if (receipt && number > this.newest) {
      this.newest = number
      this.confirmed = step
    }
    // What the chain says counts, after a refusal and once nothing is on the way.
    if (receipt === null || this.pending.length === 0) await this.reread()
    if (receipt === null) announce(`The move was taken back. ${this.text()}`)
    this.draw()
  }

  /** One step in any direction; the contract would take more. */
  private reaches(x: number, y: number): boolean {
    const { head } = this
    const on = x >= 0 && y >= 0 && x < SIZE && y < SIZE
    return on && Math.max(Math.abs(x - head.x), Math.abs(y - head.y)) === 1
  }

  private draw() {
    const { head } = this
    const room = Number(head.y >= ROOM) * 2 + Number(head.x >= ROOM)
    if (room !== this.drawnRoom) this.drawRoom(room)
    const [left, top] = [(room % 2) * ROOM, Math.floor(room / 2) * ROOM]
    for (const square of this.squares.children as HTMLCollectionOf<HTMLElement>) {
      const [x, y] = [Number(square.dataset['x']), Number(square.dataset['y'])]
      square.setAttribute('aria-disabled', String(!(this.app.playable && this.reaches(x, y))))
      square.toggleAttribute('data-pending', this.pending.some((step) => step.x === x && step.y === y))
    }
    this.grid.dataset['at'] = `${head.x},${head.y}`
    this.piece.style.setProperty('--x', String(head.x - left))
    this.piece.style.setProperty('--y', String(head.y - top))
    this.piece.toggleAttribute('data-moving', this.pending.length > 0)
    this.element.toggleAttribute('data-idle', !this.app.playable)
    setText(this.place, this.text())
  }

  private drawRoom(room: number) {
    this.drawnRoom = room
    this.grid.dataset['room'] = String(room)
    const [left, top] = [(room % 2) * ROOM, Math.floor(room / 2) * ROOM]
    const squares = Array.from({ length: ROOM * ROOM }, (_, index) => {
      const [x, y] = [left + (index % ROOM), top + Math.floor(index / ROOM)]
      const shade = (x + y) % 2 === 0 ? 'square light' : 'square dark'
      return h('button', { type: 'button', class: shade, tabindex: -1, 'data-x': x, 'data-y': y, 'data-testid': `square-${x}-${y}`, 'aria-label': `${x}, ${y}` })
    })
    this.squares.replaceChildren(...squares)
  }

  private text(): string {
    if (this.account === null) return 'Start a session to play.'
    const { head, pending } = this
    const room = ROOMS[Number(head.y >= ROOM) * 2 + Number(head.x >= ROOM)]
    const moving = pending.length > 0 ? `, ${pending.length} on the way` : ''
    return `Square ${head.x}, ${head.y} · ${room} room${moving}`
  }
}

export function mountGame(app: App, parts: (board: Board) => HTMLElement) {
  const board = new Board(app)
  const hint = h('p', { class: 'quiet' }, 'Click a square next to your piece, or use the arrow keys. Do not wait: moves queue up.')
  byId('game').append(h('h2', { id: 'game-title' }, 'Board game'), hint, board.element, parts(board))
}
