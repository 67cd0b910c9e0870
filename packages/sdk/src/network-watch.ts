/** What the browser says about the network and the page's end. */

interface Connection extends EventTarget {
  readonly type?: string;
}

/** Runs `changed` when the network is another one or back, and `gone` when the page goes; gives the function that stops it. */
export function watchNetwork(changed: () => void, gone: () => void): () => void {
  if (typeof window === 'undefined') return () => undefined;
  const connection = (navigator as Navigator & { connection?: Connection }).connection;
  let type = connection?.type;
  // The event also tells of each new estimate of speed, which is no change of network.
  const typeChanged = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') changed();
  };
  window.addEventListener('online', changed);
  window.addEventListener('pagehide', gone);
  connection?.addEventListener?.('change', typeChanged);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('pagehide', gone);
    connection?.removeEventListener?.('change', typeChanged);
  };
}
