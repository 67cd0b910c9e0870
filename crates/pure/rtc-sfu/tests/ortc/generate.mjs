// Writes cases.json: what the ORTC functions of the npm package `mediasoup` (3.27.1) make of the parameters that
// real browsers gave `mediasoup-client` (browsers.json) and of variations of them. Random SSRCs are replaced by
// fixed ones. It is run by hand, in a scratch folder outside of the repository:
//   npm i --ignore-scripts mediasoup@3.27.1 && node …/tests/ortc/generate.mjs .
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const ortc = createRequire(resolve(process.argv[2] ?? '.', 'package.json'))('mediasoup/ortc');
const file = (name) => new URL(name, import.meta.url);
const clone = (value) => JSON.parse(JSON.stringify(value));
const browsers = JSON.parse(readFileSync(file('browsers.json'), 'utf8'));

const h264 = (profile, mode = 1, asymmetry = 1) => ({
  'level-asymmetry-allowed': asymmetry,
  'packetization-mode': mode,
  'profile-level-id': profile,
});
const video = (name, parameters = {}) => ({ kind: 'video', mimeType: `video/${name}`, clockRate: 90000, parameters });
const router = ortc.generateRouterRtpCapabilities([
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
  video('VP8'),
  video('VP9', { 'profile-id': 0 }),
  video('H264', h264('42e01f')),
  video('H264', h264('4d001f')),
  video('H264', h264('64001f')),
  video('AV1'),
  { kind: 'audio', mimeType: 'audio/PCMU', clockRate: 8000 },
  { kind: 'audio', mimeType: 'audio/PCMA', clockRate: 8000 },
]);

function producers() {
  const list = [];
  for (const [browser, { producers }] of Object.entries(browsers)) {
    for (const { name, kind, rtpParameters } of producers) list.push([`${browser}: ${name}`, kind, rtpParameters]);
  }
  const of = (name) => clone(list.find(([other]) => other === name)[2]);
  const vary = (name, kind, base, change) => {
    const parameters = of(base);
    list.push([name, kind, change(parameters) ?? parameters]);
  };
  const vp8 = 'chromium: VP8';
  vary('simulcast by SSRC', 'video', vp8, (p) => {
    p.encodings = [1, 2, 3].map((n) => ({ ssrc: n * 1000, rtx: { ssrc: n * 1000 + 1 }, maxBitrate: n * 100000 }));
  });
  vary('without RTX', 'video', vp8, (p) => void (p.codecs = p.codecs.slice(0, 1)));
  vary('RTX of a codec that is not there', 'video', vp8, (p) => void (p.codecs[1].parameters.apt = 33));
  vary('RTX without apt', 'video', vp8, (p) => void (p.codecs[1].parameters = {}));
  vary('an unknown codec', 'video', vp8, (p) => void (p.codecs[0].mimeType = 'video/H265'));
  vary('a codec in other letters', 'video', vp8, (p) => void (p.codecs[0].mimeType = 'VIDEO/vp8'));
  vary('another clock rate', 'video', vp8, (p) => void (p.codecs[0].clockRate = 48000));
  vary('with capture times', 'video', vp8, (p) => {
    p.headerExtensions.push({ uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time', id: 12 });
  });
  vary('two codecs', 'video', vp8, (p) => {
    p.codecs.push({ mimeType: 'video/AV1', payloadType: 45, clockRate: 90000, parameters: { profile: 1 } });
    p.codecs.push({ mimeType: 'video/rtx', payloadType: 46, clockRate: 90000, parameters: { apt: 45 } });
  });
  vary('VP9 profile 2', 'video', 'chromium: VP9 SVC', (p) => void (p.codecs[0].parameters['profile-id'] = 2));
  vary('VP9 without a profile', 'video', 'chromium: VP9 SVC', (p) => void (p.codecs[0].parameters = {}));
  for (const [profile, mode, asymmetry] of [
    ['42e034', 1, 1], ['42e034', 1, 0], ['42e00b', 1, 0], ['42f00b', 1, 1], ['42c01f', 1, 1], ['42001f', 1, 1],
    ['4d801f', 1, 1], ['4d0032', 1, 1], ['58c01f', 1, 1], ['64001f', 1, 1], ['64000b', 1, 0], ['640c1f', 1, 1],
    ['f4001f', 1, 1], ['42e01f', 0, 1], ['42e0ff', 1, 1], ['nonsen', 1, 1], ['42e0', 1, 1], ['', 1, 1],
  ]) {
    vary(`H264 ${profile} mode ${mode} asymmetry ${asymmetry}`, 'video', 'chromium: H264 0', (p) => {
      p.codecs[0].parameters = h264(profile, mode, asymmetry);
    });
  }
  vary('H264 with no format', 'video', 'chromium: H264 0', (p) => {
    p.codecs[0].parameters = { 'packetization-mode': 1 };
  });
  vary('Opus in one channel', 'audio', 'chromium: opus', (p) => void delete p.codecs[0].channels);
  vary('PCMA', 'audio', 'chromium: PCMU', (p) => {
    Object.assign(p.codecs[0], { mimeType: 'audio/PCMA', payloadType: 8 });
  });
  return list;
}

function capabilities() {
  const list = Object.entries(browsers).map(([browser, value]) => [browser, value.capabilities]);
  const vary = (name, change) => {
    const caps = clone(router);
    change(caps);
    list.push([name, caps]);
  };
  const without = (word) => (caps) => {
    caps.codecs = caps.codecs.filter((codec) => !codec.mimeType.endsWith(word));
  };
  const lacks = (word) => (caps) => {
    caps.headerExtensions = caps.headerExtensions.filter((extension) => !extension.uri.includes(word));
  };
  vary('the router', () => {});
  vary('nothing', (caps) => Object.assign(caps, { codecs: [], headerExtensions: [] }));
  vary('no RTX', without('rtx'));
  vary('only RTX', (caps) => void (caps.codecs = caps.codecs.filter((codec) => codec.mimeType.endsWith('rtx'))));
  vary('no VP8', without('VP8'));
  vary('no transport feedback', lacks('transport-wide-cc'));
  vary('no bandwidth extension', (caps) => {
    lacks('transport-wide-cc')(caps);
    lacks('abs-send-time')(caps);
  });
  vary('other ids', (caps) => caps.headerExtensions.forEach((extension) => void (extension.preferredId += 20)));
  vary('no feedback', (caps) => caps.codecs.forEach((codec) => void (codec.rtcpFeedback = [])));
  vary('H264 high only', (caps) => {
    caps.codecs = caps.codecs.filter((codec) => (codec.parameters['profile-level-id'] ?? '64').startsWith('64'));
  });
  vary('H264 at a lower level', (caps) => {
    for (const codec of caps.codecs.filter(({ mimeType }) => mimeType === 'video/H264')) {
      codec.parameters = h264('42e00c', 1, 0);
    }
  });
  return list;
}

const kinds = { TypeError: 'invalid', UnsupportedError: 'unsupported' };
const attempt = (action) => {
  try {
    return action();
  } catch (error) {
    return { error: kinds[error.constructor.name] ?? 'invalid' };
  }
};

function produce(kind, given) {
  const parameters = clone(given);
  ortc.validateAndNormalizeRtpParameters(parameters);
  const mapping = ortc.getProducerRtpParametersMapping(parameters, clone(router));
  mapping.encodings.forEach((encoding, index) => void (encoding.mappedSsrc = index + 1));
  return { mapping, consumable: ortc.getConsumableRtpParameters(kind, parameters, clone(router), mapping) };
}

function consume(kind, consumable, given) {
  const caps = clone(given);
  const can = ortc.canConsume(clone(consumable), caps);
  const result = attempt(() => {
    const parameters = ortc.getConsumerRtpParameters({
      consumableRtpParameters: clone(consumable),
      remoteRtpCapabilities: caps,
      pipe: false,
      enableRtx: kind === 'video',
    });
    parameters.encodings[0].ssrc = 1111;
    if (parameters.encodings[0].rtx) parameters.encodings[0].rtx.ssrc = 2222;
    return { parameters };
  });
  return { can, ...result };
}

const made = producers().map(([name, kind, parameters]) => ({
  name, kind, parameters, ...attempt(() => produce(kind, parameters)),
}));
const receivers = capabilities();
const consumers = made.filter(({ consumable }) => consumable).flatMap(({ name, kind, consumable }) =>
  // What differs between the variations of H.264 is seen by few receivers; all see what browsers send.
  receivers.filter(([receiver]) => !name.startsWith('H264') || receiver.startsWith('H264')).map(([receiver, caps]) => ({ producer: name, receiver, ...consume(kind, consumable, caps) })),
);
const lines = (list) => `[\n${list.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n ]`;
writeFileSync(
  file('cases.json'),
  `{\n "router": ${JSON.stringify(router)},\n "producers": ${lines(made)},\n "receivers": ${lines(receivers)},\n` +
    ` "consumers": ${lines(consumers)}\n}\n`,
);
const errors = made.filter(({ error }) => error).length;
console.log(`${made.length} producers (${errors} refused), ${consumers.length} consumers`);
