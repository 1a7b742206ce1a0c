// The page that tells what sessions lack in this browser: looks when it is opened, and again when asked.
import { doctor, type Diagnosis } from 'hallpass'
import { announce, button, byId } from '../ui/dom'
import { resultOf, verdictText } from './result'
import { reportOf } from './report'

const diagnosis = byId('diagnosis')
const report = byId('report') as HTMLTextAreaElement
let found: Diagnosis | null = null

/** The demo's node, if the demo runs; without one the clock is compared with nothing. */
async function nodeUrl(): Promise<string | undefined> {
  const response = await fetch('./stack.json', { cache: 'no-store' }).catch(() => null)
  const stack = response?.ok ? ((await response.json().catch(() => ({}))) as { chain?: string }) : {}
  return stack.chain
}

async function look() {
  again.disabled = copy.disabled = true
  delete document.documentElement.dataset['ready']
  found = await doctor({ rpc: await nodeUrl() })
  diagnosis.replaceChildren(resultOf(found))
  report.hidden = true
  again.disabled = copy.disabled = false
  copy.textContent = COPY
  announce(verdictText(found))
  document.documentElement.dataset['ready'] = 'yes'
}

/** Where the browser gives no clipboard, the text is shown to be copied by hand. */
async function copyReport() {
  if (found === null) return
  report.value = reportOf(found)
  try {
    await navigator.clipboard.writeText(report.value)
    copy.textContent = 'Copied'
    announce('The report is copied.')
  } catch {
    report.hidden = false
    report.select()
    announce('The report is shown. Copy it from there.')
  }
}

const COPY = 'Copy the report'
const again = button('again', 'Look again', () => void look(), { class: 'button primary' })
const copy = button('copy', COPY, () => void copyReport())
byId('actions').append(again, copy)
await look()
