// The feed: posts of everybody, to write, like and tip through the same session.
import type { Address } from 'hallpass'
import type { App } from '../app'
import type { Post } from '../chain'
import { TIP } from '../scope'
import { byId, h, setText } from './dom'
import { Composer } from './composer'
import { PostView } from './post'

/** Milliseconds between looks at what others wrote. */
const EVERY = 4000

export class Feed {
  private readonly list = h('ol', { class: 'posts', 'data-testid': 'posts' })
  private readonly empty = h('p', { class: 'empty' }, 'No posts yet. Write the first one.')
  private readonly views = new Map<number, PostView>()
  private readonly composer: Composer
  private account: Address | null = null
  private posts: Post[] = []
  /** Likes and tips on their way, by post. */
  private readonly liking = new Set<number>()
  private readonly tipping = new Map<number, number>()

  constructor(private readonly app: App) {
    this.composer = new Composer((text) => this.post(text))
    byId('feed').append(h('h2', { id: 'feed-title' }, 'Feed'), this.composer.element, this.empty, this.list)
    app.changed.on(() => this.follow())
    setInterval(() => document.hidden || void this.reread(), EVERY)
    this.draw()
    void this.reread()
  }

  async reread() {
    const { account } = this
    const posts = await this.app.reader.posts(account).catch(() => null)
    if (posts && account === this.account) this.posts = posts
    this.draw()
  }

  /** What is liked depends on who looks. */
  private follow() {
    const account = this.app.session?.account ?? null
    const changed = account !== this.account
    this.account = account
    this.draw()
    if (changed) void this.reread()
  }

  private async post(text: string): Promise<boolean> {
    if (!this.app.playable) return false
    const sent = h('li', { class: 'post', 'data-pending': true, 'data-testid': 'post-pending' }, h('p', { class: 'post-text' }, text), h('p', { class: 'quiet' }, 'on its way'))
    this.list.prepend(sent)
    this.list.scrollTop = 0
    const receipt = await this.app.run(this.app.actions.post(text))
    await this.reread()
    sent.remove()
    return receipt !== null
  }

  private async like(id: number) {
    if (!this.app.playable || this.liking.has(id)) return
    this.liking.add(id)
    this.draw()
    await this.app.run(this.app.actions.like(id))
    await this.reread()
    this.liking.delete(id)
    this.draw()
  }

  private async tip(id: number) {
    if (!this.app.playable) return
    this.tipping.set(id, (this.tipping.get(id) ?? 0) + 1)
    this.draw()
    await this.app.run(this.app.actions.tip(id))
    await this.reread()
    this.tipping.set(id, (this.tipping.get(id) ?? 1) - 1)
    this.draw()
  }

  private draw() {
    const { playable, session, balances } = this.app
    this.composer.enabled = playable
    this.empty.hidden = this.posts.length > 0
    const shown = new Set(this.posts.map(({ id }) => id))
    for (const [id, view] of this.views) {
      if (shown.has(id)) continue
      view.element.remove()
      this.views.delete(id)
    }
    for (const post of [...this.posts].reverse()) {
      const { id } = post
      let view = this.views.get(id)
      if (view === undefined) {
        view = new PostView(id, { like: () => void this.like(id), tip: () => void this.tip(id) })
        this.views.set(id, view)
        this.insert(view)
      }
      const own = session !== null && post.author.toLowerCase() === session.account.toLowerCase()
      const tipping = this.tipping.get(id) ?? 0
      view.show(post, { own, playable, liking: this.liking.has(id), tipping, rich: balances === null || balances.native >= TIP })
    }
    setText(this.empty, playable ? 'No posts yet. Write the first one.' : 'No posts yet.')
  }

  /** Newest first, behind posts that are on their way. */
  private insert(view: PostView) {
    const next = [...this.list.children].find((element) => !element.hasAttribute('data-pending'))
    this.list.insertBefore(view.element, next ?? null)
  }
}
