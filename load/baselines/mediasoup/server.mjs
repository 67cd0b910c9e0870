// mediasoup behind the events of surface C: one worker, one UDP port, a router a call, as its documentation shows.
// Only what a load generator asks for is here; there are no tenants.
import { createServer } from 'node:http';
import * as mediasoup from 'mediasoup';
import { Server } from 'socket.io';

const LISTEN_IP = '127.0.0.1';
const MEDIA_CODECS = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
];

const worker = await mediasoup.createWorker({ logLevel: 'error' });
worker.on('died', () => process.exit(1));
const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: LISTEN_IP }] });

/** callId → `{ router, peers: Map of socketId → peer }`. */
const calls = new Map();

/** The call that `callId` names; two who ask at once get the same one. */
function callOf(callId) {
  let call = calls.get(callId);
  if (!call) {
    call = worker.createRouter({ mediaCodecs: MEDIA_CODECS }).then((router) => ({ router, peers: new Map() }));
    calls.set(callId, call);
  }
  return call;
}

/** What a peer has, by id; a transport's close closes the rest. */
function newPeer(call, userId) {
  return { call, userId, transports: new Map(), producers: new Map(), consumers: new Map() };
}

function find(map, id, what) {
  const found = map.get(id);
  if (!found) throw new Error(`there is no such ${what}`);
  return found;
}

/** Event → what its acknowledgement carries. `peer` is undefined before `joinRoom`. */
const events = {
  async createRoom(session, { callId }) {
    const { router } = await callOf(callId);
    return { callId, rtpCapabilities: router.rtpCapabilities };
  },
  async joinRoom(session, { callId, userId }) {
    const call = await callOf(callId);
    const peers = [...call.peers].map(([peerId, peer]) => ({ peerId, userId: peer.userId }));
    session.peer = newPeer(call, userId);
    call.peers.set(session.socket.id, session.peer);
    return { peers, peerId: session.socket.id };
  },
  async createTransport({ peer }) {
    const transport = await peer.call.router.createWebRtcTransport({ webRtcServer, enableUdp: true });
    peer.transports.set(transport.id, transport);
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    return { id, iceParameters, iceCandidates, dtlsParameters, iceServers: [] };
  },
  async connectTransport({ peer }, { transportId, dtlsParameters }) {
    await find(peer.transports, transportId, 'transport').connect({ dtlsParameters });
    return {};
  },
  async produce({ peer }, { transportId, kind, rtpParameters, appData }) {
    const producer = await find(peer.transports, transportId, 'transport').produce({ kind, rtpParameters, appData });
    peer.producers.set(producer.id, producer);
    return { producerId: producer.id };
  },
  async consume({ peer }, { transportId, producerId, rtpCapabilities }) {
    const transport = find(peer.transports, transportId, 'transport');
    const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
    peer.consumers.set(consumer.id, consumer);
    const { id, kind, rtpParameters, type, producerPaused, appData } = consumer;
    return { id, producerId, kind, rtpParameters, type, producerPaused, appData };
  },
  async resumeConsumer({ peer }, { consumerId }) {
    await find(peer.consumers, consumerId, 'consumer').resume();
    return {};
  },
  async getProducers({ peer }) {
    const of = ([peerId, { userId, producers }]) =>
      [...producers.values()].map(({ id, kind, appData }) => ({ producerId: id, peerId, userId, kind, appData }));
    return { producers: [...peer.call.peers].flatMap(of) };
  },
  async leaveRoom(session) {
    leave(session);
    return {};
  },
};

function leave(session) {
  const { peer, socket } = session;
  if (!peer) return;
  session.peer = undefined;
  peer.call.peers.delete(socket.id);
  for (const transport of peer.transports.values()) transport.close();
}

const http = createServer((_request, response) => response.writeHead(404).end());
const io = new Server(http);
io.on('connection', (socket) => {
  const session = { socket, peer: undefined };
  for (const [event, serve] of Object.entries(events)) {
    socket.on(event, async (payload, ack) => {
      const reply = typeof ack === 'function' ? ack : () => {};
      try {
        reply({ success: true, data: await serve(session, payload ?? {}) });
      } catch (error) {
        reply({ success: false, error: { code: 'VALIDATION_ERROR', message: String(error.message) } });
      }
    });
  }
  socket.on('disconnect', () => leave(session));
});
http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', 4096, () => console.log(`listening ${http.address().port}`));
