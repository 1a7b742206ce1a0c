// What this page holds of the browser's until it is let go: locks, channels. Known here, so that a module that is started afresh after
// a trap does not wait for what the old one held.

const held = new Set()

/** Held until `release` is called, by whoever holds it or by `letGo`. */
export function hold(release) {
    held.add(release)
}

export function drop(release) {
    held.delete(release)
}

export function letGo() {
    for (const release of held) release()
    held.clear()
}
