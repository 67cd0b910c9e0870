/** Keeps a connection's path alive: seeks a new one where it is silent or broken. */

/** How long a connection may be silent before its path is sought anew. */
const DISCONNECTED_MS_MAX = 3_000;
/** Restarts in a row before the page is told; the next network change tries again. */
const RESTARTS_MAX = 4;

/** What {@link watchIce} calls. */
export interface IceWatcher {
  restart(): void;
  /** Whether media can flow at present. */
  alive(alive: boolean): void;
  /** No path was found, again and again. */
  failed(): void;
}

/** Gives the function that stops it. */
export function watchIce(connection: RTCPeerConnection, { restart, alive, failed }: IceWatcher): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let restarts = 0;
  connection.oniceconnectionstatechange = () => {
    const state = connection.iceConnectionState;
    clearTimeout(timer);
    if (state === 'connected' || state === 'completed') {
      restarts = 0;
      alive(true);
    } else if (state === 'disconnected') {
      timer = setTimeout(restart, DISCONNECTED_MS_MAX);
      alive(false);
    } else if (state === 'failed') {
      alive(false);
      if (restarts++ < RESTARTS_MAX) restart();
      else failed();
    }
  };
  return () => {
    clearTimeout(timer);
    connection.oniceconnectionstatechange = null;
  };
}
