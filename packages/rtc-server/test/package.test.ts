/** What `npm pack` would ship, and whether every kind of project finds it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { publint } from 'publint';

const PACKAGES = [
  {
    folder: '..',
    files: [
      'README.md',
      'dist/index.cjs',
      'dist/index.d.cts',
      'dist/index.d.ts',
      'dist/index.js',
      /^native\/rtc-server\.[a-z0-9]+-[a-z0-9]+(-gnu|-musl)?\.node$/,
      'package.json',
    ],
  },
  {
    folder: '../../rtc-client',
    files: [
      'README.md',
      ...['index', 'react'].flatMap((name) => ['cjs', 'd.cts', 'd.ts', 'js'].map((kind) => `dist/${name}.${kind}`)),
      'package.json',
    ],
  },
];

for (const { folder, files } of PACKAGES) {
  const cwd = resolve(import.meta.dirname, folder);

  test(`${folder}: npm pack ships these files and no other`, () => {
    const out = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json', '--silent'], { cwd, encoding: 'utf8' });
    const listed = JSON.parse(out) as Record<string, { files: { path: string }[] }> | { files: { path: string }[] }[];
    const shipped = (Object.values(listed)[0]?.files ?? []).map(({ path }) => path).sort();
    assert.equal(shipped.length, files.length, shipped.join('\n'));
    for (const file of files) {
      assert.ok(shipped.some((path) => (typeof file === 'string' ? path === file : file.test(path))), String(file));
    }
  });

  test(`${folder}: publint has nothing to say`, async () => {
    const { messages } = await publint({ pkgDir: cwd, strict: true });
    assert.deepEqual(messages, []);
  });

  test(`${folder}: types and code resolve in every kind of project`, { timeout: 120_000 }, () => {
    const to = mkdtempSync(join(tmpdir(), 'rtc-pack-'));
    try {
      execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', to], { cwd });
      const attw = join(dirname(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
      const archive = spawnSync('ls', [to], { encoding: 'utf8' }).stdout.trim();
      const { status, stdout } = spawnSync(process.execPath, [attw, join(to, archive), '--format', 'ascii', '--no-color'], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stdout);
    } finally {
      rmSync(to, { recursive: true, force: true });
    }
  });
}

test('the API reference is what the declarations say', () => {
  const script = resolve(import.meta.dirname, '../scripts/reference.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
