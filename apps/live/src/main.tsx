/** Starts the pages. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../demo-saas/src/styles/tokens.css';
import '../../demo-saas/src/styles/base.css';
import '../../demo-saas/src/styles/frame.css';
import { App } from './App';
import './styles/pages.css';
import './styles/watch.css';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
