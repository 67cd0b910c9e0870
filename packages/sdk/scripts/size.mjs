// Fails where a bundle, gzipped, is not below the budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 12_000;
for (const file of ['dist/index.js', 'dist/index.cjs']) {
  const bytes = gzipSync(readFileSync(file), { level: 9 }).length;
  console.log(`${file}: ${bytes} of ${BUDGET_BYTES} bytes gzipped`);
  if (bytes >= BUDGET_BYTES) process.exitCode = 1;
}
