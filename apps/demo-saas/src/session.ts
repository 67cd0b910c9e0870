/** Who is logged in, in this tab. A tab is a login of its own, so that one person can try a call in two windows. */
export type Login = { session: string; user: { id: string; name: string } };

const KEY = 'meetwell.login';

export function loadLogin(): Login | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Login | null;
  } catch {
    return null;
  }
}

export function saveLogin(login: Login | null): void {
  try {
    if (login) sessionStorage.setItem(KEY, JSON.stringify(login));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is off: the login lasts until the page is reloaded.
  }
}
