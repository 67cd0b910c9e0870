/** Which page is shown: login first, then the dashboard or a meeting. */
import { useEffect, useState } from 'react';
import { Dashboard } from './pages/Dashboard';
import { Login } from './pages/Login';
import { Meeting } from './pages/Meeting';
import { NotFound } from './pages/NotFound';
import { navigate, useRoute } from './router';
import { loadLogin, saveLogin, type Login as LoggedIn } from './session';

export function App() {
  const route = useRoute();
  const [login, setLogin] = useState(loadLogin);

  const change = (next: LoggedIn | null): void => {
    saveLogin(next);
    setLogin(next);
  };

  useEffect(() => {
    if (route.page !== 'meeting') document.title = 'Meetwell';
  }, [route.page]);

  if (route.page === 'unknown') return <NotFound onHome={() => navigate()} />;
  const meetingId = route.page === 'meeting' ? route.id : null;
  if (login === null) return <Login meetingId={meetingId} onLogin={change} />;
  if (meetingId === null) return <Dashboard login={login} onLogout={() => change(null)} />;
  return <Meeting key={meetingId} id={meetingId} login={login} onLogout={() => change(null)} />;
}
