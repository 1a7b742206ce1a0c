/** Base64 of the gzipped wasm module; written by the build. */
export declare const WASM_GZIP_BASE64: string
