// Builds the addon (cargo, in the shared target folder) and dist: one CommonJS file that holds the code, an
// ES module that hands it on, so that a process has one copy however it is loaded, and the declarations.
// `--release`: an optimised addon.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generateDtsBundle } from 'dts-bundle-generator';
import { build } from 'esbuild';
import { addonName } from './addon-name.mjs';

const root = resolve(import.meta.dirname, '../../..');
const release = process.argv.includes('--release');

execFileSync('cargo', ['build', '--quiet', '--package', 'rtc-server-node', ...(release ? ['--profile', 'addon'] : [])], {
  cwd: root,
  stdio: 'inherit',
});
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', release ? 'addon' : 'debug');
const library = { darwin: 'librtc_server_node.dylib', win32: 'rtc_server_node.dll' }[process.platform];
mkdirSync('native', { recursive: true });
// Renamed into place: a process that has the old one mapped keeps it whole.
copyFileSync(resolve(target, library ?? 'librtc_server_node.so'), 'native/.new');
if (release && process.platform === 'linux') execFileSync('strip', ['native/.new']);
renameSync('native/.new', `native/${addonName()}`);

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
await build({
  entryPoints: ['src/index.ts'],
  outfile: 'dist/index.cjs',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
});
const names = ['createRtcServer', 'fetchHandler', 'nodeHandler', 'RtcError', 'RtcServer'];
writeFileSync('dist/index.js', `import server from './index.cjs';\nexport const { ${names.join(', ')} } = server;\n`);
const [declarations] = generateDtsBundle(
  [
    {
      filePath: 'src/index.ts',
      libraries: { inlinedLibraries: ['@rtc-platform/shared'], allowedTypesLibraries: ['node'] },
      output: { noBanner: true, exportReferencedTypes: false },
    },
  ],
  { preferredConfigPath: 'tsconfig.json' },
);
writeFileSync('dist/index.d.ts', declarations);
copyFileSync('dist/index.d.ts', 'dist/index.d.cts');
