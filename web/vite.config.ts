/** How the console is built: one page, one script, one style sheet, no address but the server's own. */
import { defineConfig } from "vite";

export default defineConfig({
  html: { cspNonce: "__CSP_NONCE__" }, // the server puts a fresh nonce in its place
  build: {
    outDir: "../src/fedquery/http/static",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["chrome100", "firefox115", "safari16"],
    assetsInlineLimit: 0, // a data: address would need a hole in the content security policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 750,
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8765" } },
});
