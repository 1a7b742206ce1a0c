// What the browser suite does in JavaScript. One file, because the web server of the test runner leaves requests unanswered when many
// come at once.

// Wallets, stores and channels as an app or another script of the origin would make them.

export function inWindow() { return typeof document === 'object' }
export function wallet(answer) {
    const listeners = new Map()
    const asked = []
    return {
        asked, listeners,
        async request({ method, params }) { asked.push([method, params]); return answer(method, params) },
        on(event, listener) { listeners.set(event, listener) },
        removeListener(event, listener) { if (listeners.get(event) === listener) listeners.delete(event) },
    }
}
export const echo = () => wallet((method, params) => ({ method, params }))
export const silent = () => wallet(() => undefined)
export const refusing = () => wallet(() => { throw Object.assign(new Error('no'), { code: 4001, data: { a: 1n === 1n } }) })
export const broken = () => wallet(() => { throw new TypeError('gone') })
export function fire(wallet, event) { wallet.listeners.get(event)?.() }
export function listening(wallet) { return wallet.listeners.size }
export function mapStore(slow) {
    const texts = new Map()
    const answer = (value) => (slow ? new Promise((resolve) => setTimeout(resolve, 0, value)) : value)
    return {
        get: (name) => answer(texts.get(name)),
        put: (name, text) => answer(void texts.set(name, text)),
        remove: (name) => answer(texts.delete(name)),
        names: (prefix) => answer([...texts.keys()].filter((name) => slow || name.startsWith(prefix))),
    }
}
export function postTo(name) {
    const channel = new BroadcastChannel(name)
    for (const message of [null, 7, { a: 1 }, new Uint8Array(3), 'the text']) channel.postMessage(message)
    channel.close()
}
const ended = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
})
// Deletes the database; then makes one of this version, but for version 0.
export async function database(version, stores) {
    await ended(indexedDB.deleteDatabase('hallpass'))
    if (version === 0) return
    const request = indexedDB.open('hallpass', version)
    request.onupgradeneeded = () => {
        for (const store of stores) {
            const made = request.result.createObjectStore(store)
            if (store === 'records') made.put('kept', 'record')
            if (store === 'keys') made.put({}, 'key')
        }
    }
    const made = await ended(request)
    made.close()
}

// Browsers that lack something, storage that refuses, and spies on built-ins.

const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect

// Puts something else in the place of a property, until what it answers is called.
const replace = (object, name, descriptor) => {
    const before = getOwnPropertyDescriptor(object, name)
    defineProperty(object, name, { configurable: true, ...descriptor })
    return () => { before ? defineProperty(object, name, before) : deleteProperty(object, name) }
}
export const hide = (name) => replace(globalThis, name, { value: undefined, writable: true })
export function refusePuts(fault, keysOnly) {
    const real = IDBObjectStore.prototype.put
    const put = function (value, key) {
        if (!keysOnly || value instanceof CryptoKey) throw new DOMException('refused', fault)
        return apply(real, this, [value, key])
    }
    return replace(IDBObjectStore.prototype, 'put', { value: put, writable: true })
}
export function refuseOpening(fault) {
    const open = () => { throw new DOMException('refused', fault) }
    return replace(IDBFactory.prototype, 'open', { value: open, writable: true })
}
export function listener() {
    const told = []
    return Object.assign((...texts) => { told.push(texts.join(' | ')) }, { told })
}
export const told = (listener) => listener.told.join('\n')
export const throwing = () => ({
    get() { throw new TypeError('no get today') },
    async put() { throw 'full' },
    remove: () => Promise.reject(new DOMException('busy', 'AbortError')),
    names: () => { throw undefined },
})
export const nonsense = () => ({ get: () => 7, put: () => ({}), remove: () => 'x', names: () => ['hallpass/a', 1] })
export const listless = () => ({ get: () => null, put() {}, remove() {}, names: () => 'hallpass/a' })
export const lacking = () => ({ get() {}, put() {}, remove() {} })
export const texts = () => new Map()
export const storeOver = (texts) => ({
    get: (name) => texts.get(name), put: (name, text) => void texts.set(name, text),
    remove: (name) => texts.delete(name), names: () => [...texts.keys()],
})
export const keysOf = (texts) => [...texts.keys()].sort().join('\n')

// Patches the built-ins that sealing could use, and notes which of them meet 32 bytes. They go on working.
export function spy() {
    const seen = [], undo = []
    let calls = 0
    const look = (where, values) => {
        calls += 1
        for (const value of values) {
            const isBytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value)
            if (isBytes && value.byteLength === 32) seen.push(where)
        }
    }
    const patch = (object, name) => {
        const real = object[name]
        const patched = function (...values) {
            look(name, [this, ...values])
            return apply(real, this, values)
        }
        undo.push(replace(object, name, { value: patched, writable: true }))
    }
    for (const name of ['encrypt', 'decrypt', 'importKey', 'deriveKey', 'generateKey']) patch(SubtleCrypto.prototype, name)
    patch(crypto.subtle, 'decrypt')
    patch(crypto.subtle, 'encrypt')
    for (const name of ['set', 'fill', 'subarray', 'slice']) patch(Object.getPrototypeOf(Uint8Array.prototype), name)
    patch(Uint8Array.prototype, 'set')
    patch(Uint8Array.prototype, 'fill')
    patch(globalThis, 'setTimeout')
    const { then } = Promise.prototype
    const patched = function (resolved, rejected) {
        const looking = typeof resolved === 'function' && ((value) => { look('then', [value]); return resolved(value) })
        return apply(then, this, [looking || resolved, rejected])
    }
    undo.push(replace(Promise.prototype, 'then', { value: patched, writable: true }))
    const asked = []
    undo.push(replace(Promise.prototype, 'constructor', { get() { asked.push(this); return Promise }, set() {} }))
    patch(Function.prototype, 'apply')
    patch(Function.prototype, 'call')
    patch(Reflect, 'apply')
    return {
        end() { for (const one of undo.reverse()) one() },
        // What was asked for its constructor is a promise in somebody's hands.
        async found() {
            const inEffect = calls > 0
            for (const promise of asked) {
                const pending = {}
                look('constructor', [await Promise.race([promise, pending]).catch(() => undefined)])
            }
            return inEffect ? seen.join(' ') : 'the patches were not in effect'
        },
    }
}
export const endSpying = (spy) => spy.end()
export const found = (spy) => spy.found()

// What script of the origin can do to P-256 keys.

const answer = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
});

async function stored(use) {
    const database = await answer(indexedDB.open('hallpass'));
    try {
        return await use(database.transaction('keys', 'readwrite').objectStore('keys'));
    } finally {
        database.close();
    }
}

const pair = (name) => stored((keys) => answer(keys.get(`p256/${name}`)));
const put = (name, value) => stored((keys) => answer(keys.put(value, `p256/${name}`)));

// What script that has the handle gets out of it.
export async function exposed(name) {
    const { privateKey } = await pair(name);
    const { type, usages, extractable, algorithm: { namedCurve } } = privateKey;
    const found = [`${type} ${namedCurve} ${usages} ${extractable}`];
    for (const format of ['pkcs8', 'jwk', 'raw', 'spki']) {
        await crypto.subtle.exportKey(format, privateKey).then(() => found.push(format), () => {});
    }
    return found.join(' ');
}

// Stores another pair's private half, another pair, or what is no pair, under a name.
export async function alter(name, other, how) {
    const [own, foreign] = [await pair(name), await pair(other)];
    const values = {
        private: { ...own, privateKey: foreign.privateKey },
        public: { ...own, publicKey: foreign.publicKey },
        pair: foreign,
        exchanged: { privateKey: own.publicKey, publicKey: own.privateKey },
        half: { publicKey: own.publicKey },
        empty: {},
        text: 'text',
        nothing: null,
    };
    await put(name, values[how]);
}

// From now on a key is made exportable by whoever looks the functions up only now. Answers what undoes it.
export function hostile() {
    const { apply } = Reflect;
    const { call, apply: applyTo } = Function.prototype;
    const subtle = Object.getPrototypeOf(crypto.subtle);
    const generateKey = subtle.generateKey;
    const loose = (made, args) => made === generateKey ? [args[0], true, args[2]] : args;
    subtle.generateKey = function (...args) { return apply(generateKey, this, loose(generateKey, args)) };
    Reflect.apply = (made, self, args) => apply(made, self, loose(made, args));
    Function.prototype.call = function (self, ...args) { return apply(this, self, loose(this, args)) };
    Function.prototype.apply = function (self, args) { return apply(this, self, loose(this, args ?? [])) };
    return () => {
        Object.assign(Function.prototype, { call, apply: applyTo });
        Reflect.apply = apply;
        subtle.generateKey = generateKey;
    };
}

// What the page itself gets while the patches are on: shows that they work.
export async function exportable() {
    const curve = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey } = await crypto.subtle.generateKey(curve, false, ['sign']);
    return privateKey.extractable;
}

// Writes that fail, or are undone, at a chosen step.

const places = () => [
    [globalThis.IDBObjectStore?.prototype, ['put', 'delete']],
    [globalThis.Storage?.prototype, ['setItem', 'removeItem']],
]
let restore = () => {}
let writes = 0
export function writesSoFar() { return writes }
/** Upsets the write of this number: `quota` and `failed` throw, `abort` undoes it once it was asked for. */
export function upset(kind, at) {
    writes = 0
    const undo = []
    for (const [prototype, names] of places()) {
        for (const name of prototype ? names : []) {
            const original = prototype[name]
            prototype[name] = function (...args) {
                const number = writes++
                if (number !== at) return original.apply(this, args)
                if (kind === 'quota') throw new DOMException('full', 'QuotaExceededError')
                if (kind === 'failed' || !this.transaction) throw new DOMException('broken', 'UnknownError')
                const request = original.apply(this, args)
                this.transaction.abort()
                return request
            }
            undo.push(() => { prototype[name] = original })
        }
    }
    restore = () => undo.forEach((one) => one())
}
export function settle() { restore(); restore = () => {} }

// The search for a key that is known in two parts.

export function countCopies(memory, masked, mask) {
    const key = masked.map((byte, index) => byte ^ mask[index]);
    const bytes = new Uint8Array(memory.buffer);
    let found = 0;
    for (const whole of [key, key.slice().reverse()]) {
        for (const half of [whole.subarray(0, 16), whole.subarray(16)]) {
            for (let at = bytes.indexOf(half[0]); at >= 0; at = bytes.indexOf(half[0], at + 1)) {
                if (half.every((byte, index) => bytes[at + index] === byte)) found += 1;
            }
        }
    }
    return found;
}

// The search for a key that only storage knows.

const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
})
let patterns = []
let table = new Uint8Array(1 << 16)
const text = (letters) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
/** All that is looked for: 16 bytes are enough to know a key by, and so are the letters that stand for them. */
function patternsOf(key) {
    const found = []
    for (const whole of [key, key.slice().reverse()]) {
        for (const half of [whole.slice(0, 16), whole.slice(16)]) {
            found.push(half, text(hexOf(half)), text(hexOf(half).toUpperCase()))
        }
        for (const shift of [0, 1, 2]) {
            const letters = btoa(String.fromCharCode(...new Uint8Array(shift), ...whole))
            // Only letters that stand for nothing but the key.
            const middle = letters.slice(shift === 0 ? 0 : 4, -4)
            found.push(text(middle.slice(0, 20)), text(middle.slice(-20)))
        }
    }
    return found
}
/** Decrypts a stored record with its own wrapping key. */
export async function learn(name, sealed, bound) {
    const database = await asked(indexedDB.open('hallpass'))
    const key = await asked(database.transaction('keys').objectStore('keys').get(name))
    database.close()
    const algorithm = { name: 'AES-GCM', iv: sealed.slice(0, 12), additionalData: bound }
    const secret = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.slice(12)))
    patterns = patternsOf(secret)
    table = new Uint8Array(1 << 16)
    for (const pattern of patterns) table[pattern[0] | (pattern[1] << 8)] = 1
    return secret.length
}
export function copiesIn(memory) {
    const bytes = new Uint8Array(memory.buffer)
    let count = 0
    for (let at = 0; at + 1 < bytes.length; at += 1) {
        if (table[bytes[at] | (bytes[at + 1] << 8)] === 0) continue
        for (const pattern of patterns) {
            let same = 0
            while (same < pattern.length && bytes[at + same] === pattern[same]) same += 1
            if (same === pattern.length) count += 1
        }
    }
    return count
}
/** Writes the key into memory in every form, for the search to prove itself. */
export function plant(memory, at, form) {
    const pattern = patterns[form % patterns.length]
    new Uint8Array(memory.buffer).set(pattern, at)
    return patterns.length
}
