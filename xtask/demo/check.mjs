// Walks through the demo once in headless Chromium: node check.mjs <address> <screenshot>. Ends with code 1 when anything is not as it
// should be.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const [address, picture] = process.argv.slice(2)
const require = createRequire(fileURLToPath(new URL('../npm/package.json', import.meta.url)))
const { chromium } = require('playwright-core')
const MOVES = 20

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
})
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const faults = []
  page.on('pageerror', (fault) => faults.push(fault.message))
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  const find = (id) => page.getByTestId(id)
  const number = async (id) => Number((await find(id).innerText()).match(/\d+/)?.[0])
  const operations = (stage) => page.locator(`[data-testid="operation"][data-stage="${stage}"]`)

  /** Answers the development wallet until the session is there. */
  const approveUntil = async (locator) => {
    const approve = find('dev-wallet-approve')
    for (let asked = 0; asked < 5; asked += 1) {
      await approve.or(locator).first().waitFor({ timeout: 30_000 })
      if (await locator.isVisible()) return
      // The next prompt may take this one's place at once.
      const answered = await approve.elementHandle()
      await answered.click()
      await page.waitForFunction((button) => !button.isConnected || button.offsetParent === null, answered)
    }
    throw new Error('the wallet asks without end')
  }
  /** A step onto a neighbouring square, wherever the piece stands. */
  const step = async () => {
    const [x, y] = (await find('board').getAttribute('data-at')).split(',').map(Number)
    const [nextX, nextY] = x % 2 === 0 ? [x + 1, y] : [x - 1, y]
    await find(`square-${nextX}-${nextY}`).click()
    await page.waitForFunction(
      (at) => document.querySelector('[data-testid="board"]').dataset.at === at,
      `${nextX},${nextY}`,
    )
  }

  const ready = () => page.locator('html[data-ready="yes"]').waitFor()
  const says = async (locator, ...patterns) => {
    const text = await locator.innerText()
    for (const pattern of patterns) assert.match(text, pattern)
  }
  const risk = (place, asset) => find(place).locator(`[data-testid="risk"][data-asset="${asset}"]`)

  await page.goto(address)
  await ready()
  await find('start').click()
  await find('dev-wallet-approve').click()
  await page.locator('[data-testid="request-stage"][data-stage="awaiting-signature"]').waitFor({ timeout: 30_000 })
  await find('question').waitFor()
  await says(find('question'), /acts; your wallet's own address does not/)
  // What the account holds is the bound where no rule on chain is one. It is read from the node, so it comes a little later.
  await risk('stolen', 'native').getByText('what the account holds').waitFor()
  await says(risk('stolen', 'gas'), /0\.5 ETH/, /a rule on chain/i)
  await says(risk('stolen', 'native'), /\d ETH/, /Feed/)
  await says(risk('stolen', 'token'), /Gold\s+[\d,]+ gold/, /what the account holds/, /Shop/)
  const kept = find('stolen').locator('[data-testid="local-rule"][data-implicit="false"]')
  assert.deepEqual(await kept.evaluateAll((rules) => rules.map(({ dataset }) => dataset.path)), ['spend[0]'])
  await says(kept, /0\.02 ETH in all/i)
  assert.ok(!(await find('stolen').locator('[data-implicit="true"]').first().isVisible()), 'rules of every pass are folded away')
  assert.ok((await find('stolen').locator('[data-testid="finding"][data-severity="warning"]').count()) > 0)
  assert.equal(await find('session-status').count(), 0, 'nothing is signed yet')

  await approveUntil(find('session-status'))
  assert.equal(await number('counter-signatures'), 1)
  const prompts = await number('counter-prompts')
  await page.waitForFunction(() => /ETH/.test(document.querySelector('[data-testid="account-balance"]').textContent))
  assert.equal(await risk('session-stolen', 'native').locator('strong').innerText(), await find('account-balance').innerText())
  await says(find('session-costs'), /[\d,]{7,} gas at first, then [\d,]{6,}/)
  const keepers = await find('session-rules').locator('[data-testid="rule"]').evaluateAll((rules) => rules.map(({ dataset }) => dataset.by))
  assert.deepEqual(new Set(keepers), new Set(['local', 'chain']))
  assert.equal(keepers[0], 'local', 'rules of this page come first')

  for (let move = 0; move < MOVES; move += 1) await step()
  // Side by side where there is room, else in tabs.
  if (await find('tab-feed').isVisible()) await find('tab-feed').click()
  await page.locator('[data-testid^="like-"]').first().click()
  await operations('included').nth(MOVES).waitFor({ timeout: 60_000 })
  assert.equal(await operations('failed').count(), 0)

  await find('out-of-scope').first().click()
  await find('refusal').waitFor()
  assert.match(await find('refusal').getAttribute('data-code'), /^scope\./)
  await page.evaluate(() => scrollTo(0, 0))
  await page.screenshot({ path: picture })

  await page.reload()
  await ready()
  await find('restored').waitFor()
  if (await find('tab-game').isVisible()) await find('tab-game').click()
  await step()
  await operations('included').first().waitFor({ timeout: 30_000 })
  assert.equal(await number('counter-prompts'), prompts, 'no prompt after the first signature')

  await find('to-inspect').click()
  await ready()
  await find('sample-pass').click()
  await find('verdict').waitFor()
  assert.equal(await find('verdict').getAttribute('data-understood'), 'true')
  const [covered, total] = (await find('bytes').innerText()).match(/[\d,]+/g)
  assert.equal(covered, total)
  await says(find('facts'), /Gas budget\s+0\.5 ETH in all/, /It cannot sign messages/)
  assert.equal(await find('allowed-call').count(), 7)

  // One digit of a policy's address, as an attacker would exchange it: the page must not pass over it.
  const policy = '9a52283276a0ec8740df50bf01b28a80d880eaf2'
  const altered = (await find('inspect-input').inputValue()).replace(policy, policy.replace(/2$/, '3'))
  await find('inspect-input').fill(altered)
  await page.locator('[data-testid="verdict"][data-understood="false"]').waitFor()
  await says(find('verdict'), /^Not understood/)
  await says(find('not-understood'), /is not known/)
  await page.locator('[data-testid="finding"][data-id="any-call"]').waitFor()
  await find('inspect-input').fill('{ "primaryType": "Enable", …')
  await find('inspect-error').waitFor()
  await find('to-doctor').click()
  await page.waitForURL(/doctor\.html$/)
  await ready()
  assert.equal(await find('diagnosis').getAttribute('data-ok'), 'true')
  assert.equal(await find('check').count(), 12)
  await page.goto(address)
  await ready()
  await find('to-attack').click()
  await page.waitForURL(/attack\.html$/)
  await ready()
  await find('open').click()
  await page.locator('html[data-busy="false"] [data-testid="opened"]').waitFor({ timeout: 30_000 })
  await find('run-out-of-scope').click()
  await page.locator('[data-id="out-of-scope"][data-verdict="holds"]').waitFor({ timeout: 30_000 })
  assert.deepEqual(faults, [])
  console.log(`${MOVES + 2} operations, 1 signature, ${prompts} wallet prompts`)
} finally {
  await browser.close()
}
