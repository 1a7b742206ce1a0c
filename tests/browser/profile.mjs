// A browser with a profile that outlives it: started by the test as a process of its own, so that it can be killed as a crash would.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, chromiumPath, sleep } from './environment.mjs'
import { FLAGS } from './player.mjs'

export class Profile {
  #folder = mkdtempSync(join(tmpdir(), 'hallpass-profile-'))
  #process
  #browser

  /** Starts the browser; answers its context. */
  async start() {
    const flags = [...FLAGS, '--remote-debugging-port=0', `--user-data-dir=${this.#folder}`, 'about:blank']
    // A group of its own: what it starts itself ends with it.
    this.#process = spawn(chromiumPath, flags, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
    const address = await new Promise((resolve, reject) => {
      let said = ''
      this.#process.stderr.on('data', (part) => {
        said += part
        const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? []
        if (address) resolve(address)
      })
      this.#process.on('exit', (code) => reject(new Error(`the browser ended with code ${code}: ${said}`)))
    })
    this.#browser = await chromium.connectOverCDP(address)
    return this.#browser.contexts()[0]
  }

  /** Ends the browser at once, in the middle of whatever it does. */
  async kill() {
    if (this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.on('exit', resolve))
    process.kill(-this.#process.pid, 'SIGKILL')
    await ended
    await this.#browser.close().catch(() => {})
  }

  /** Kills the browser and deletes the profile. */
  async remove() {
    await this.kill()
    // What it started may still write for a moment.
    await sleep(50)
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
