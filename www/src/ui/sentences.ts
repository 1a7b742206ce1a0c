// What a session may do, in the package's own sentences, by topic.
import type { Sentence } from 'hallpass'
import { short } from '../format'
import { h } from './dom'

const TOPICS: readonly (readonly [Sentence['topic'], string])[] = [
  ['actor', 'Who acts'],
  ['money', 'What it can cost'],
  ['allowed', 'What it may do'],
  ['caution', 'Mind this'],
  ['never', 'What it can never do'],
]

export function sentenceList(sentences: readonly Sentence[], names: ReadonlyMap<string, string>): HTMLElement {
  const list = h('div', { class: 'sentences', 'data-testid': 'sentences' })
  for (const [topic, title] of TOPICS) {
    const texts = sentences.filter((sentence) => sentence.topic === topic)
    if (texts.length === 0) continue
    const items = h('ul')
    for (const { text } of texts) items.append(h('li', {}, ...withNames(text, names)))
    list.append(h('section', { class: `topic topic-${topic}` }, h('h4', {}, title), items))
  }
  return list
}

/** Addresses become the names this page knows, or are shortened; the whole address stays at hand. */
function withNames(text: string, names: ReadonlyMap<string, string>): (Node | string)[] {
  return text.split(/(0x[0-9a-fA-F]{40})/).map((part, index) => {
    if (index % 2 === 0) return part
    const name = names.get(part.toLowerCase())
    return h('abbr', { title: part, class: name ? 'named' : 'address' }, name ?? short(part))
  })
}
