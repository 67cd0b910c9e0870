// The real `mediasoup-client` with its own fake handler in place of a browser: what it reads of our answers and
// what it sends. Media itself flows in the browser tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { Device } from 'mediasoup-client';
import * as fakeParameters from 'mediasoup-client/fakeParameters';
import { FakeHandler } from 'mediasoup-client/handlers/FakeHandler';
import { connected, newRoom, world } from './harness.mjs';

/** The data of an acknowledgement, which must be a success. */
async function get(socket, event, payload) {
  const reply = await socket.ask(event, payload ?? {});
  assert.equal(reply.success, true, `${event}: ${JSON.stringify(reply.error)}`);
  return reply.data;
}

/** A peer as an app writes it: a device, a transport each way, and handlers that answer by events. */
async function peer(callId, userId) {
  const socket = await connected(world.calls);
  const device = new Device({ handlerFactory: FakeHandler.createFactory(fakeParameters) });
  const { rtpCapabilities: routerRtpCapabilities } = await get(socket, 'createRoom', { callId });
  await device.load({ routerRtpCapabilities });
  const { rtpCapabilities, sctpCapabilities } = device;
  const joined = await get(socket, 'joinRoom', { callId, userId, rtpCapabilities, sctpCapabilities });
  assert.equal(joined.peerId, socket.id);
  const transports = {};
  for (const direction of ['send', 'recv']) {
    const options = await get(socket, 'createTransport', { direction });
    const transport = direction === 'send' ? device.createSendTransport(options) : device.createRecvTransport(options);
    const { id: transportId } = transport;
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      get(socket, 'connectTransport', { transportId, dtlsParameters }).then(done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
      get(socket, 'produce', { transportId, kind, rtpParameters, appData })
        .then(({ producerId }) => done({ id: producerId }), failed);
    });
    transport.on('producedata', ({ sctpStreamParameters, label, protocol, appData }, done, failed) => {
      get(socket, 'produceData', { transportId, sctpStreamParameters, label, protocol, appData })
        .then(({ dataProducerId }) => done({ id: dataProducerId }), failed);
    });
    transports[direction] = transport;
  }
  return { socket, device, ...transports, joined };
}

/** The next event of this name; others before it are dropped. */
async function until(socket, name) {
  for (;;) {
    const { event, payload } = await socket.next();
    if (event === name) return payload;
  }
}

test('load, produce, consume, pause, simulcast, ICE restart', async () => {
  const callId = newRoom();
  const ana = await peer(callId, 'ana');
  const ben = await peer(callId, 'ben');
  assert.deepEqual(ben.joined.peers, [{ peerId: ana.socket.id, userId: 'ana' }]);
  assert.deepEqual(await until(ana.socket, 'peerJoined'), { peerId: ben.socket.id, userId: 'ben' });
  for (const kind of ['audio', 'video']) assert.ok(ana.device.canProduce(kind), kind);

  const tracks = [
    { track: new FakeMediaStreamTrack({ kind: 'audio' }), appData: { source: 'microphone' } },
    {
      track: new FakeMediaStreamTrack({ kind: 'video' }),
      encodings: [{ maxBitrate: 100_000 }, { maxBitrate: 300_000 }, { maxBitrate: 900_000 }],
      appData: { source: 'camera' },
    },
  ];
  for (const options of tracks) {
    const producer = await ana.send.produce(options);
    const { producerId, kind, appData, userId } = await until(ben.socket, 'newProducer');
    assert.deepEqual([producerId, kind, userId], [producer.id, options.track.kind, 'ana']);
    assert.deepEqual(appData, options.appData);
    const { rtpCapabilities } = ben.device;
    const answer = await get(ben.socket, 'consume', { transportId: ben.recv.id, producerId, rtpCapabilities });
    assert.equal(answer.type, kind === 'video' ? 'simulcast' : 'simple');
    const consumer = await ben.recv.consume(answer);
    assert.equal(consumer.track.kind, kind);
    assert.deepEqual(await get(ben.socket, 'resumeConsumer', { consumerId: consumer.id }), {});
    if (kind === 'video') {
      await get(ben.socket, 'setConsumerPreferredLayers', { consumerId: consumer.id, spatialLayer: 1, temporalLayer: 0 });
      await get(ana.socket, 'pauseProducer', { producerId });
      assert.equal((await until(ben.socket, 'producerPaused')).producerId, producerId);
      await get(ana.socket, 'closeProducer', { producerId });
      assert.equal((await until(ben.socket, 'producerClosed')).producerId, producerId);
    }
  }
  const { iceParameters } = await get(ana.socket, 'restartIce', { transportId: ana.send.id });
  await ana.send.restartIce({ iceParameters });
  const { producers } = await get(ben.socket, 'getProducers', { callId });
  assert.deepEqual(producers.map(({ kind }) => kind), ['audio']);
});

test('data producers and consumers', async () => {
  const callId = newRoom();
  const ana = await peer(callId, 'ana');
  const ben = await peer(callId, 'ben');
  const producer = await ana.send.produceData({ label: 'chat', protocol: 'json', ordered: true, appData: { n: 1 } });
  const { dataProducerId, label, appData } = await until(ben.socket, 'newDataProducer');
  assert.deepEqual([dataProducerId, label, appData], [producer.id, 'chat', { n: 1 }]);
  const answer = await get(ben.socket, 'consumeData', { transportId: ben.recv.id, dataProducerId });
  const consumer = await ben.recv.consumeData(answer);
  assert.deepEqual([consumer.label, consumer.protocol], ['chat', 'json']);
});

test('a peer that disconnects takes its producers along', async () => {
  const callId = newRoom();
  const ana = await peer(callId, 'ana');
  const ben = await peer(callId, 'ben');
  const producer = await ana.send.produce({ track: new FakeMediaStreamTrack({ kind: 'audio' }) });
  assert.equal((await until(ben.socket, 'newProducer')).producerId, producer.id);
  ana.socket.disconnect();
  const gone = [await ben.socket.next(), await ben.socket.next()];
  assert.deepEqual(gone.map(({ event }) => event).sort(), ['peerLeft', 'producerClosed']);
});
