// One post.
import type { Post } from '../chain'
import { count, ether, short } from '../format'
import { TIP } from '../scope'
import { button, h, setText } from './dom'
import { icon } from './icons'

export interface PostState {
  readonly own: boolean
  readonly playable: boolean
  readonly liking: boolean
  /** Tips on their way. */
  readonly tipping: number
  /** Whether the account has enough for a tip. */
  readonly rich: boolean
}

export class PostView {
  readonly element: HTMLElement
  private readonly avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' })
  private readonly author = h('span', { class: 'author' })
  private readonly text = h('p', { class: 'post-text' })
  private readonly likes = h('span')
  private readonly tips = h('span', { class: 'tips' })
  private readonly like: HTMLButtonElement
  private readonly tip: HTMLButtonElement

  constructor(id: number, { like, tip }: { like: () => void; tip: () => void }) {
    this.like = button(`like-${id}`, icon('heart'), like, { class: 'button small like' })
    this.like.append(this.likes)
    this.tip = button(`tip-${id}`, `Tip ${ether(TIP)}`, tip, { class: 'button small' })
    this.element = h(
      'li',
      { class: 'post', 'data-testid': `post-${id}` },
      h('p', { class: 'post-head' }, this.avatar, this.author),
      this.text,
      h('div', { class: 'post-foot' }, this.like, this.tip, this.tips),
    )
  }

  show({ author, text, likes, tips, liked }: Post, { own, playable, liking, tipping, rich }: PostState) {
    setText(this.author, own ? 'You' : short(author))
    this.author.title = author
    this.avatar.style.setProperty('--hue', String(Number.parseInt(author.slice(-4), 16) % 360))
    setText(this.text, text)
    const likesNow = likes + Number(liking && !liked)
    setText(this.likes, String(likesNow))
    this.like.setAttribute('aria-label', `Like, ${count(likesNow, 'like')}`)
    this.like.setAttribute('aria-pressed', String(liked || liking))
    this.like.disabled = !playable || liked || liking
    this.tip.disabled = !playable || !rich
    this.tip.title = rich ? '' : 'The account that acts holds no ETH to give.'
    const tipsNow = tips + TIP * BigInt(tipping)
    setText(this.tips, tipsNow > 0n ? `${ether(tipsNow)} in tips` : '')
  }
}
