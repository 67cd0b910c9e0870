/** Builds the pages; in development it also serves them, and hands what is for the backend on. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The pages live under /demo/ wherever they are served from, so that the platform's own routes keep the rest.
export default defineConfig({
  base: '/demo/',
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: {
    port: 5173,
    proxy: { '/demo/api': process.env.DEMO_API ?? 'http://localhost:3000' },
  },
});
