// Builds dist: the client and the hook, each as ESM and CommonJS, and their declarations.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { generateDtsBundle } from 'dts-bundle-generator';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
const entries = ['index', 'react'];
for (const [format, extension] of [
  ['esm', '.js'],
  ['cjs', '.cjs'],
]) {
  await build({
    entryPoints: entries.map((name) => `src/${name}.ts`),
    outdir: 'dist',
    outExtension: { '.js': extension },
    bundle: true,
    external: ['react'],
    format,
    platform: 'neutral',
    target: 'es2022',
  });
}
const declarations = generateDtsBundle(
  entries.map((name) => ({
    filePath: `src/${name}.ts`,
    libraries: { inlinedLibraries: ['@rtc-platform/shared'] },
    output: { noBanner: true, exportReferencedTypes: false },
  })),
  { preferredConfigPath: 'tsconfig.json' },
);
for (const [index, name] of entries.entries()) {
  writeFileSync(`dist/${name}.d.ts`, declarations[index]);
  copyFileSync(`dist/${name}.d.ts`, `dist/${name}.d.cts`);
}
