/**
 * Who is watching in this tab. A tab is a user of its own, so that one person can try both sides in two windows; the
 * name is the browser's.
 */
export type Viewer = { id: string; name: string };

const ID_KEY = 'onwell.user';
const NAME_KEY = 'onwell.name';
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

let idInMemory: string | null = null;

export function userId(): string {
  idInMemory ??= read(() => sessionStorage, ID_KEY);
  if (idInMemory === null) {
    const random = crypto.getRandomValues(new Uint8Array(12));
    idInMemory = `u_${[...random].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('')}`;
    write(() => sessionStorage, ID_KEY, idInMemory);
  }
  return idInMemory;
}

export const loadName = (): string => read(() => localStorage, NAME_KEY) ?? '';

export const saveName = (name: string): void => write(() => localStorage, NAME_KEY, name.trim());

// Storage may be off, and then even naming it throws: what would be kept lasts until the page is reloaded.
function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, value: string): void {
  try {
    storage().setItem(key, value);
  } catch {
    // See above.
  }
}
