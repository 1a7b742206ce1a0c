// All attacks in their order, and the code of each as it stands in its file.
import type { Attack } from './attack'
import { attack as chooseKey } from './attacks/choose-key'
import { attack as editRecord } from './attacks/edit-record'
import { attack as editState } from './attacks/edit-state'
import { attack as exportKey } from './attacks/export-key'
import { attack as inScope } from './attacks/in-scope'
import { attack as objectThen } from './attacks/object-then'
import { attack as outOfScope } from './attacks/out-of-scope'
import { attack as patchBefore } from './attacks/patch-before'
import { attack as patchLater } from './attacks/patch-later'
import { attack as postKey } from './attacks/post-key'
import { attack as reachMemory } from './attacks/reach-memory'
import { attack as readRecord } from './attacks/read-record'
import { attack as replayState } from './attacks/replay-state'
import { attack as replayTotal } from './attacks/replay-total'
import { attack as searchPage } from './attacks/search-page'
import { attack as swapRecords } from './attacks/swap-records'
import { attack as unlockEdit } from './attacks/unlock-edit'
import { attack as unlockReplay } from './attacks/unlock-replay'
import { attack as widenStolen } from './attacks/widen-stolen'

/** Groups with their titles. */
export const GROUPS: readonly (readonly [title: string, attacks: readonly Attack[]])[] = [
  ['Use it', [inScope, outOfScope]],
  ['Steal the key', [searchPage, patchLater, objectThen, reachMemory, patchBefore, readRecord, exportKey, postKey, chooseKey]],
  ['Tamper with storage', [editRecord, editState, swapRecords, replayState, replayTotal, widenStolen]],
  ['Break a lock', [unlockEdit, unlockReplay]],
]

const CODES = import.meta.glob<string>('./attacks/*.ts', { query: '?raw', import: 'default', eager: true })

/** The source of an attack, as it runs. */
export const codeOf = ({ id }: Attack): string => CODES[`./attacks/${id}.ts`] ?? ''
