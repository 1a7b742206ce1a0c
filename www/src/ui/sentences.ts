// What a session may do, in the package's own sentences, by topic.
import type { Sentence } from 'hallpass'
import { inWords, type Words } from '../words'
import { h } from './dom'

type Topic = Sentence['topic']

const TITLES: Readonly<Record<Topic, string>> = {
  actor: 'Who acts',
  money: 'What it can cost',
  allowed: 'What it may do',
  caution: 'Mind this',
  never: 'What it can never do',
}
export const TOPICS: readonly Topic[] = ['actor', 'money', 'allowed', 'caution', 'never']

export function sentenceList(sentences: readonly Sentence[], words: Words, topics = TOPICS): HTMLElement {
  const list = h('div', { class: 'sentences', 'data-testid': 'sentences' })
  for (const topic of topics) {
    const texts = sentences.filter((sentence) => sentence.topic === topic)
    if (texts.length === 0) continue
    const items = texts.map(({ text }) => h('li', {}, ...inWords(text, words)))
    list.append(h('section', { class: `topic topic-${topic}` }, h('h4', {}, TITLES[topic]), h('ul', {}, ...items)))
  }
  return list
}
