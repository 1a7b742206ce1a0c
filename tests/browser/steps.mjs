// What tests do with an open session, in a line each.
import assert from 'node:assert/strict'
import { until } from './environment.mjs'

export const restore = (page) => page.evaluate(() => driver.restore())
export const status = (page) => page.evaluate(() => driver.session.status)
/** Names of the events that a tab's sessions told. */
export const heard = (page) => page.evaluate(() => driver.heard())
/** Waits until a tab heard of something. */
export const told = (page, name) => until(`news of ${name}`, async () => ((await heard(page)).includes(name) ? true : undefined))
/** From now on the tab's session writes each event of this name into `driver.heardOf[name]`. */
export const listens = (page, name) =>
  page.evaluate((name) => {
    driver.heardOf = { ...driver.heardOf, [name]: [] }
    driver.session.on(name, (detail) => driver.heardOf[name].push(detail))
  }, name)
/** Ids of the sessions that a tab finds. */
export const listed = (page) => page.evaluate(async () => (await driver.hallpass.list()).map(({ id }) => id))

/** Moves, and lands. */
export async function moves(page, x, y) {
  const { error } = await page.evaluate(([x, y]) => driver.send(driver.move(x, y)), [x, y])
  assert.equal(error, undefined, error?.message)
}

/** A move is refused for this reason, and nobody is asked for anything. */
export async function refuses(player, page, code) {
  const { error, requests, prompts } = await player.watch(() => page.evaluate(() => driver.send(driver.move(9, 9))))
  assert.equal(error?.code, code, error?.message)
  assert.deepEqual({ requests, prompts }, { requests: [], prompts: [] })
}
