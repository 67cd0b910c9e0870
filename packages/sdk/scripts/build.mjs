// Builds dist: ESM and CommonJS, minified, with what is shared with the server inlined, and the declarations.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { generateDtsBundle } from 'dts-bundle-generator';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const [format, file] of [
  ['esm', 'index.js'],
  ['cjs', 'index.cjs'],
]) {
  await build({
    entryPoints: ['src/index.ts'],
    outfile: `dist/${file}`,
    bundle: true,
    format,
    minify: true,
    platform: 'browser',
    sourcemap: true,
    target: 'es2022',
  });
}
const [declarations] = generateDtsBundle(
  [
    {
      filePath: 'src/index.ts',
      libraries: { inlinedLibraries: ['@rtc-platform/shared'] },
      output: { noBanner: true, exportReferencedTypes: false },
    },
  ],
  { preferredConfigPath: 'tsconfig.json' },
);
writeFileSync('dist/index.d.ts', declarations);
copyFileSync('dist/index.d.ts', 'dist/index.d.cts');
