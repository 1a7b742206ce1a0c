// The page that attacks a session, built and walked through on the running stack: what must hold holds, and what a limit says
// beforehand gets through, so that neither the page nor SECURITY.md says more than is so.
//
// Beside what environment.mjs needs: HALLPASS_VITE (Vite's program, beside the installed demo), HALLPASS_WORK (a folder to work beside).
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium, chromiumPath, stack } from './environment.mjs'

const { HALLPASS_VITE: vite, HALLPASS_WORK: work } = process.env
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const limits = { timeout: 120_000, skip: vite && work ? false : 'HALLPASS_VITE or HALLPASS_WORK is not set' }

/** What comes of each attack, and what must be in its facts. */
const EXPECTED = {
  'in-scope': ['limit', /signed, sent and included/],
  'out-of-scope': ['holds', /scope\.target/, /scope\.function/, /scope\.argument/, /scope\.value/],
  'search-page': ['holds', /Nothing was found/, /[\d,]{5,} objects/],
  'patch-later': ['holds', /called [1-9]\d* times and met the key 0 times/],
  'object-then': ['limit', /32 bytes/, /address is that of the session key/],
  'reach-memory': ['limit', /open the key was in it/, /suspended the key was not in it/],
  'patch-before': ['limit', /32 bytes/, /address is that of the session key/],
  'read-record': ['limit', /32 bytes/, /address is that of the session key/],
  'export-key': ['holds', /raw: InvalidAccessError/, /jwk: InvalidAccessError/],
  'post-key': ['limit', /localhost:\d+ decrypted/, /address is that of the session key/],
  'choose-key': ['holds', /got those that were chosen/, /not the session key/],
  'edit-record': ['holds', /session: storage\./, /reload: storage-lost/],
  'edit-state': ['holds', /session: storage\.altered/, /reload: storage-lost/],
  'swap-records': ['holds', /sealed key: storage\./, /whole record: storage\./, /counters: storage\.altered/],
  'replay-state': ['holds', /Key and scope are the same/],
  'replay-total': ['limit', /second tip: scope\./, /after the replay: included/],
  'widen-stolen': ['holds', /check allows 500 items/, /5 items was included/, /500: bundler\.simulation, AA23/],
  'unlock-edit': ['holds', /as it is: session\.locked/, /emptied: .*; after a reload storage-lost/],
  'unlock-replay': ['limit', /locked session: session\.locked/, /signed, and included/],
}

let browser
let server
let address

before(async () => {
  if (limits.skip) return
  const page = join(dirname(work), 'attack-page')
  rmSync(page, { recursive: true, force: true })
  const build = ['build', '--logLevel', 'warn', '--outDir', page, '--emptyOutDir']
  execFileSync(vite, build, { cwd: here('../../www'), stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(join(page, 'stack.json'), JSON.stringify(stack))
  server = spawn(process.execPath, [here('../../xtask/demo/serve.mjs'), page], { stdio: ['pipe', 'pipe', 'inherit'] })
  address = await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve))
  browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: ['--no-sandbox', '--disable-gpu'] })
})

after(async () => {
  await browser?.close()
  server?.stdin.end()
})

/** The page with its session open; fails at the end when anything was against its policy or unhandled. */
async function opened(t) {
  const page = await browser.newPage()
  const faults = []
  page.on('pageerror', (fault) => faults.push(fault.message))
  page.on('console', (message) => message.type() === 'error' && /Content Security Policy/i.test(message.text()) && faults.push(message.text()))
  t.after(async () => {
    await page.close()
    assert.deepEqual(faults, [])
  })
  await page.goto(`${address}attack.html`)
  await page.locator('html[data-ready="yes"]').waitFor()
  assert.ok(await page.getByTestId('run-all').isDisabled(), 'nothing can be attacked yet')
  await page.getByTestId('open').click()
  await page.getByTestId('opened').waitFor({ timeout: 30_000 })
  await page.locator('html[data-busy="false"]').waitFor()
  return page
}

const card = (page, id) => page.locator(`[data-testid="attack"][data-id="${id}"]`)

async function outcome(page, id) {
  const facts = await card(page, id).getByTestId('facts').innerText()
  return { verdict: await card(page, id).getAttribute('data-verdict'), facts, sentence: await card(page, id).getByTestId('verdict').innerText() }
}

test('every attack has the verdict that SECURITY.md says', limits, async (t) => {
  const page = await opened(t)
  const ids = await page.getByTestId('attack').evaluateAll((cards) => cards.map(({ dataset }) => dataset.id))
  assert.deepEqual([...ids].sort(), Object.keys(EXPECTED).sort())
  await page.getByTestId('run-all').click()
  await page.getByTestId('summary').waitFor({ timeout: 100_000 })

  for (const id of ids) {
    const { verdict, facts, sentence } = await outcome(page, id)
    const [expected, ...patterns] = EXPECTED[id]
    assert.equal(verdict, expected, `${id}: ${sentence} ${facts}`)
    for (const pattern of patterns) assert.match(facts, pattern, id)
    assert.match(sentence, verdict === 'holds' ? /^Holds \(/ : /^Does not hold, as [NP]\d+ says/, id)
    assert.doesNotMatch(facts, /\b[0-9a-f]{64}\b/i, 'no key is shown')
  }
  const summary = await page.getByTestId('summary').evaluate(({ dataset }) => ({ ...dataset }))
  const number = (wanted) => String(Object.values(EXPECTED).filter(([verdict]) => verdict === wanted).length)
  const { holds, limit, broken, notMade } = summary
  assert.deepEqual({ holds, limit, broken, notMade }, { holds: number('holds'), limit: number('limit'), broken: '0', notMade: '0' })
})

test('an attack runs alone, again and again, and shows its own code', limits, async (t) => {
  const page = await opened(t)
  for (const id of ['unlock-replay', 'edit-record', 'edit-record', 'in-scope']) {
    await page.getByTestId(`run-${id}`).click()
    await page.locator('html[data-busy="false"]').waitFor()
    const { verdict, facts, sentence } = await outcome(page, id)
    assert.equal(verdict, EXPECTED[id][0], `${id}: ${sentence} ${facts}`)
    assert.ok((await card(page, id).locator('pre').textContent()).includes(`id: '${id}'`))
  }
})
