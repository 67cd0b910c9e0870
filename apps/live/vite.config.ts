/** How the pages are built. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The pages live under /live/ wherever they are served from, so that the platform's own routes keep the rest.
export default defineConfig({
  base: '/live/',
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  server: {
    port: 5175,
    proxy: { '/api': process.env.LIVE_API ?? 'http://localhost:3000' },
  },
});
