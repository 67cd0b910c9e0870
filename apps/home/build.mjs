// The page is served as it is written: building it is copying it.
import { cp, rm } from 'node:fs/promises';

const here = new URL('.', import.meta.url);
await rm(new URL('dist/', here), { recursive: true, force: true });
await cp(new URL('src/', here), new URL('dist/', here), { recursive: true });
