/** The backend's sessions: what is signed is believed, what was changed or has run out is not. */
import { expect, it } from 'vitest';
import { SESSION_S, Sessions, newUserId } from './session';

const sessions = new Sessions('sk_one');
const ana = { id: 'u_0000000000', name: 'Ana' };

it('a session gives back its user until it expires', () => {
  const session = sessions.issue(ana, 0);
  expect(sessions.read(session, 0)).toEqual(ana);
  expect(sessions.read(session, SESSION_S * 1000)).toBeNull();
});

it('a session that was changed, or signed by another, is refused', () => {
  const [payload, signature] = sessions.issue(ana, 0).split('.');
  const forged = Buffer.from(JSON.stringify({ ...ana, name: 'Ben', exp: 9e9 })).toString('base64url');
  expect(sessions.read(`${forged}.${signature}`, 0)).toBeNull();
  expect(sessions.read(`${payload}.`, 0)).toBeNull();
  expect(sessions.read('', 0)).toBeNull();
  expect(new Sessions('sk_two').read(`${payload}.${signature}`, 0)).toBeNull();
});

it('every login is a user of its own', () => {
  expect(newUserId()).toMatch(/^u_[a-z0-9]{10}$/);
  expect(newUserId()).not.toBe(newUserId());
});
