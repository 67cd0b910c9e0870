/** A page as an app writes it that talks to a mediasoup service: npm's mediasoup-client, unchanged, over Socket.IO. */
import { Device, type types } from 'mediasoup-client';

type Answer = { success: true; data: any } | { success: false; error: { code: string; message: string } };
type Socket = { on(name: string, act: (payload: any) => void): void; emit(name: string, payload: object, ack: (answer: Answer) => void): void; disconnect(): void };
declare const io: (url: string, options: object) => Socket;

let socket: Socket;
let device: types.Device;
let send: types.Transport;
let recv: types.Transport;
const events: [string, any][] = [];
const consumers = new Map<string, types.Consumer>();
const producers = new Map<string, types.Producer>();
const messages: unknown[] = [];

/** Asks the server, and gives the answer's data. */
function ask(name: string, payload: object = {}): Promise<any> {
  return new Promise((resolve, reject) => {
    socket.emit(name, payload, (answer) => {
      if (answer.success) resolve(answer.data);
      else reject(new Error(`${name}: ${answer.error.code}: ${answer.error.message}`));
    });
  });
}

async function join({ url, callId, userId }: { url: string; callId: string; userId: string }): Promise<string> {
  socket = io(url, { auth: {}, transports: ['websocket'] });
  for (const name of ['peerJoined', 'peerLeft', 'newProducer', 'producerClosed', 'producerPaused', 'producerResumed',
    'consumerLayersChanged', 'consumerScore', 'activeSpeaker', 'newDataProducer', 'workerDied']) {
    socket.on(name, (payload) => {
      events.push([name, payload]);
      if (name === 'newProducer') void consume(payload.producerId);
      if (name === 'newDataProducer') void consumeData(payload.dataProducerId ?? payload.producerId);
    });
  }
  await new Promise<void>((connected) => socket.on('connect', () => connected()));
  const { rtpCapabilities } = await ask('createRoom', { callId });
  device = new Device();
  await device.load({ routerRtpCapabilities: rtpCapabilities });
  const { peerId } = await ask('joinRoom', { callId, userId, rtpCapabilities: device.rtpCapabilities });
  send = await transport('send');
  recv = await transport('recv');
  const { producers: there } = await ask('getProducers', { callId });
  await Promise.all(there.map((one: any) => consume(one.producerId)));
  return peerId;
}

async function transport(direction: 'send' | 'recv'): Promise<types.Transport> {
  const options = await ask('createTransport', { direction });
  const made = direction === 'send' ? device.createSendTransport(options) : device.createRecvTransport(options);
  made.on('connect', ({ dtlsParameters }, done, failed) => {
    ask('connectTransport', { transportId: made.id, dtlsParameters }).then(() => done(), failed);
  });
  if (direction === 'send') {
    made.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
      ask('produce', { transportId: made.id, kind, rtpParameters, appData }).then(({ producerId }) => done({ id: producerId }), failed);
    });
    made.on('producedata', ({ sctpStreamParameters, label, protocol, appData }, done, failed) => {
      ask('produceData', { transportId: made.id, sctpStreamParameters, label, protocol, appData })
        .then((data) => done({ id: data.dataProducerId ?? data.id }), failed);
    });
  }
  return made;
}

/** `codec`: such as `video/VP9`; `encodings`: as mediasoup-client takes them. */
async function produce({ kind, codec, encodings, name }: { kind: 'audio' | 'video'; codec?: string; encodings?: types.RtpEncodingParameters[]; name?: string }): Promise<string> {
  // Chromium sends three sizes from this one on.
  const large = { width: { exact: 960 }, height: { exact: 540 }, frameRate: 15 };
  const wanted = kind === 'audio' ? { audio: true } : { video: encodings ? large : true };
  const [track] = (await navigator.mediaDevices.getUserMedia(wanted)).getTracks();
  const chosen = device.recvRtpCapabilities?.codecs?.find((one) => one.mimeType.toLowerCase() === codec?.toLowerCase());
  if (!track) throw new Error('no device');
  const producer = await send.produce({ track, ...(encodings && { encodings }), ...(chosen && { codec: chosen }), appData: { name: name ?? kind } });
  producers.set(producer.id, producer);
  return producer.id;
}

async function consume(producerId: string): Promise<string> {
  const options = await ask('consume', { transportId: recv.id, producerId, rtpCapabilities: device.recvRtpCapabilities ?? device.rtpCapabilities });
  const consumer = await recv.consume(options);
  consumers.set(consumer.id, consumer);
  const element = document.createElement(consumer.kind) as HTMLMediaElement;
  element.autoplay = true;
  element.srcObject = new MediaStream([consumer.track]);
  document.body.append(element);
  await ask('resumeConsumer', { consumerId: consumer.id });
  return consumer.id;
}

async function consumeData(dataProducerId: string): Promise<void> {
  const options = await ask('consumeData', { transportId: recv.id, dataProducerId });
  const consumer = await recv.consumeData({ ...options, id: options.id ?? options.dataConsumerId, dataProducerId });
  consumer.on('message', (message: unknown) => messages.push(message));
}

async function openData(): Promise<(text: string) => void> {
  const producer = await send.produceData({ label: 'chat' });
  if (producer.readyState !== 'open') await new Promise<void>((open) => producer.on('open', open));
  return (text) => producer.send(text);
}

let say: ((text: string) => void) | undefined;

const soup = {
  events,
  messages,
  join,
  produce,
  ask,
  consumers: () => [...consumers.values()].map(({ id, producerId, kind, rtpParameters }) => ({ id, producerId, kind, rtpParameters })),
  /** Frames and size of one consumer's picture. */
  async picture(consumerId: string): Promise<{ frames: number; width: number; height: number; freezes: number; codec: string }> {
    const found = { frames: 0, width: 0, height: 0, freezes: 0, codec: '' };
    const report = await consumers.get(consumerId)?.getStats();
    for (const figures of report?.values() ?? []) {
      if (figures.type === 'inbound-rtp') Object.assign(found, { frames: figures.framesDecoded, width: figures.frameWidth, height: figures.frameHeight, freezes: figures.freezeCount });
      if (figures.type === 'codec') found.codec = figures.mimeType;
    }
    return found;
  },
  async restartIce(): Promise<void> {
    for (const one of [send, recv]) {
      const { iceParameters } = await ask('restartIce', { transportId: one.id });
      await one.restartIce({ iceParameters });
    }
  },
  states: () => [send.connectionState, recv.connectionState],
  async openData(): Promise<void> {
    say = await openData();
  },
  say: (text: string) => say?.(text),
  leave: () => socket.disconnect(),
};
export type Soup = typeof soup;
(window as any).soup = soup;
document.title = 'ready';
