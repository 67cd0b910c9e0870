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
    const small = { width: 320, height: 180, frameRate: 20 };
    media.getUserMedia = (wanted) => open(wanted.video ? { ...wanted, video: small } : wanted);
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

  window.probe = {
    received: () => Promise.all(made.filter((one) => one.connectionState !== 'closed').map(receivedBy)),
  };
})();
