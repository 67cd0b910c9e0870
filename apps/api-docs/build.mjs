// Puts the API reference's script into dist/, from one npm package that needs none of its dependencies there:
// the package is fetched alone, checked against its hash, and the one file is taken out.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@scalar/api-reference@1.72.1'; // MIT
const SHA512 = 'XpEJ0rfc/cXbCrR+iC4kK0o/WwX2dTtGQbT049OlPKAHD6IMIFdTeGz2r+M27P2EDWKyUITRm/NzlP8z2pw/Ow==';
const SCRIPT = 'package/dist/browser/standalone.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');
const stamp = join(dist, 'scalar.version');
mkdirSync(dist, { recursive: true });
copyFileSync(join(here, 'start.js'), join(dist, 'start.js'));

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === PACKAGE) {
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'api-docs-'));
try {
  const name = execFileSync('npm', ['pack', PACKAGE, '--pack-destination', folder, '--silent'], { encoding: 'utf8' });
  const archive = join(folder, name.trim());
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (hash !== SHA512) {
    throw new Error(`${PACKAGE} is not the file that was expected: sha512 ${hash}`);
  }
  const script = execFileSync('tar', ['-xzOf', archive, SCRIPT], { maxBuffer: 64 * 1024 * 1024 });
  writeFileSync(join(dist, 'scalar.js'), script);
  writeFileSync(stamp, PACKAGE);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
