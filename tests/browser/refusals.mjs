// Ways in which browsers refuse to keep something. `script` runs in the page before anything else; `ways` are the tiers that it ends, and
// the code that this is told by.
export const refusals = {
  'IndexedDB is missing': {
    script: () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }),
    ways: { tab: 'storage.unavailable', device: 'storage.unavailable' },
  },
  'IndexedDB throws when it is touched': {
    script: () =>
      Object.defineProperty(globalThis, 'indexedDB', {
        get() {
          throw new DOMException('access is denied for this document', 'SecurityError')
        },
      }),
    ways: { device: 'storage.unavailable' },
  },
  'IndexedDB does not open': {
    script: () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('not in a private window', 'SecurityError')
      }
    },
    ways: { tab: 'storage.unavailable', device: 'storage.unavailable' },
  },
  'IndexedDB is full': {
    script: () => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('the disk is full', 'QuotaExceededError')
      }
    },
    ways: { tab: 'storage.quota', device: 'storage.quota' },
  },
  'IndexedDB keeps no keys': {
    script: () => {
      const { put } = IDBObjectStore.prototype
      IDBObjectStore.prototype.put = function (value, name) {
        if (value instanceof CryptoKey) throw new DOMException('it cannot be cloned', 'DataCloneError')
        return put.call(this, value, name)
      }
    },
    ways: { tab: 'storage.unavailable', device: 'storage.unavailable' },
  },
  'sessionStorage is switched off': {
    script: () =>
      Object.defineProperty(globalThis, 'sessionStorage', {
        get() {
          throw new DOMException('access is denied for this document', 'SecurityError')
        },
      }),
    ways: { tab: 'storage.unavailable' },
  },
  'sessionStorage is full': {
    script: () => {
      Storage.prototype.setItem = () => {
        throw new DOMException('exceeded the quota', 'QuotaExceededError')
      }
    },
    ways: { tab: 'storage.quota' },
  },
}
