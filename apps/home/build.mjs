// The page is served as it is written: building it is copying it.
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
await rm(join(here, 'dist'), { recursive: true, force: true });
await cp(join(here, 'src'), join(here, 'dist'), { recursive: true });
