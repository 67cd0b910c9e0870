// Runs in every page before its own scripts: counts what the page's peer connections receive, whatever library
// made them, and keeps the camera's picture small, since the tests' machine encodes all of them.
(() => {
  if (!window.RTCPeerConnection) return;
  const made = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args) {
      super(...args);
      made.push(this);
    }
  };

  const media = navigator.mediaDevices;
  if (media) {
    const open = media.getUserMedia.bind(media);
    const hd = new URLSearchParams(location.search).has('hd');
    const small = hd ? { width: 1280, height: 720, frameRate: 15 } : { width: 320, height: 180, frameRate: 20 };
    // A page that names an exact size has it.
    media.getUserMedia = (wanted) => open(wanted.video && !wanted.video.width?.exact ? { ...wanted, video: small } : wanted);
  }

  async function receivedBy(connection) {
    const sum = { frames: 0, energy: 0, state: connection.connectionState };
    for (const figures of (await connection.getStats()).values()) {
      if (figures.type !== 'inbound-rtp') continue;
      sum.frames += figures.framesDecoded ?? 0;
      sum.energy += figures.totalAudioEnergy ?? 0;
    }
    return sum;
  }

  /** What arrives of each track, or what is sent of each stream, over all connections. */
  async function streams(type) {
    const found = [];
    for (const connection of made) {
      if (connection.connectionState === 'closed') continue;
      for (const figures of (await connection.getStats()).values()) {
        if (figures.type !== type) continue;
        const { kind, mid = '', rid = '', totalAudioEnergy: energy = 0, framesDecoded = 0, framesSent = 0 } = figures;
        const { frameWidth: width = 0, bytesSent = 0, bytesReceived = 0 } = figures;
        found.push({ kind, mid, rid, energy, frames: framesDecoded + framesSent, width, bytes: bytesSent + bytesReceived });
      }
    }
    return found;
  }

  window.probe = {
    arriving: () => streams('inbound-rtp'),
    leaving: () => streams('outbound-rtp'),
    received: () => Promise.all(made.filter((one) => one.connectionState !== 'closed').map(receivedBy)),
  };
})();
