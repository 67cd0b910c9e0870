// Runs in every page before its own scripts: counts what the page's peer connections receive, whatever library
// made them, and keeps the camera's picture small, since the tests' machine encodes all of them. A page that is opened
// with `?media=<port>` reaches the media server through that UDP port of this machine, and by no other way.
(() => {
  if (!window.RTCPeerConnection) return;
  const made = [];
  let mediaPort = 0;
  const line = new URLSearchParams(location.search).get('media');
  const byLine = (sdp) =>
    sdp
      .replace(/^a=candidate:.* tcptype .*\r\n/gm, '')
      .replace(/^(a=candidate:\S+ \d+ udp \d+) \S+ \d+ /gim, (_, start) => `${start} 127.0.0.1 ${line} `);
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args) {
      super(...args);
      made.push(this);
    }

    setRemoteDescription(description) {
      const port = / udp \d+ 127\.0\.0\.1 (\d+) typ host/i.exec(description?.sdp ?? '')?.[1];
      if (port) mediaPort = Number(port);
      return super.setRemoteDescription(line ? { type: description.type, sdp: byLine(description.sdp) } : description);
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
    /** Of the media server, as it named it last. */
    mediaPort: () => mediaPort,
    arriving: () => streams('inbound-rtp'),
    leaving: () => streams('outbound-rtp'),
    received: () => Promise.all(made.filter((one) => one.connectionState !== 'closed').map(receivedBy)),
  };
})();
