import { defineConfig } from 'vite'

// hallpass itself needs nothing here. What is set keeps the page within its Content-Security-Policy and independent of its address.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    // Nothing becomes a data: URL, and no script is put into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The package carries its wasm module inside.
    chunkSizeWarningLimit: 1000,
    rollupOptions: { input: ['index.html', 'inspect.html', 'doctor.html', 'attack.html'] },
  },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
})
