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

  await page.goto(address)
  await page.locator('html[data-ready="yes"]').waitFor()
  await find('start').click()
  await approveUntil(find('session-status'))
  assert.equal(await number('counter-signatures'), 1)
  const prompts = await number('counter-prompts')

  for (let move = 0; move < MOVES; move += 1) await step()
  // Side by side where there is room, else in tabs.
  if (await find('tab-feed').isVisible()) await find('tab-feed').click()
  await page.locator('[data-testid^="like-"]').first().click()
  await operations('included').nth(MOVES).waitFor({ timeout: 60_000 })
  assert.equal(await operations('failed').count(), 0)

  await find('out-of-scope').first().click()
  await find('refusal').waitFor()
  assert.match(await find('refusal').getAttribute('data-code'), /^scope\./)
  await page.screenshot({ path: picture })

  await page.reload()
  await page.locator('html[data-ready="yes"]').waitFor()
  await find('restored').waitFor()
  if (await find('tab-game').isVisible()) await find('tab-game').click()
  await step()
  await operations('included').first().waitFor({ timeout: 30_000 })
  assert.equal(await number('counter-prompts'), prompts, 'no prompt after the first signature')
  assert.deepEqual(faults, [])
  console.log(`${MOVES + 2} operations, 1 signature, ${prompts} wallet prompts`)
} finally {
  await browser.close()
}
