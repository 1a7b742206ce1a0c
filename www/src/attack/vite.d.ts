// What Vite adds to modules: `import.meta.glob`.
/// <reference types="vite/types/importMeta.d.ts" />
