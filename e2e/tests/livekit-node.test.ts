/** npm's @livekit/rtc-node and livekit-server-sdk, unchanged: programs and backends of a tenant against our server. */
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoCodec,
  VideoFrame,
  VideoSource,
  VideoStream,
  dispose,
  type RemoteTrack,
  type RemoteTrackPublication,
} from '@livekit/rtc-node';
import { AccessToken, RoomServiceClient, type VideoGrant } from 'livekit-server-sdk';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Platform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };
const RATE = 48_000;
// Large enough to be sent in three sizes.
const SIZE = { width: 960, height: 540 };
let platform: Platform;

before(async () => {
  platform = await Platform.start();
});
after(async () => {
  await dispose();
  await platform?.stop();
});

async function enter(room: Room, identity: string, grants: VideoGrant): Promise<void> {
  const token = new AccessToken('dev', await platform.appSecret(), { identity });
  token.addGrant({ roomJoin: true, ...grants });
  await room.connect(platform.url.replace('http', 'ws'), await token.toJwt(), { autoSubscribe: true, dynacast: true });
}

/** Feeds a tone and changing pictures until it is stopped. */
function feed(audio: AudioSource, video: VideoSource): () => void {
  let fed = true;
  const sing = async (): Promise<void> => {
    for (let at = 0; fed; at += RATE / 100) {
      const samples = Int16Array.from({ length: RATE / 100 }, (_, n) => 8_000 * Math.sin((at + n) / 17));
      await audio.captureFrame(new AudioFrame(samples, RATE, 1, samples.length));
    }
  };
  void sing();
  let shade = 0;
  const pictures = setInterval(() => {
    const pixels = new Uint8Array(SIZE.width * SIZE.height * 4).fill((shade += 16));
    video.captureFrame(new VideoFrame(pixels, SIZE.width, SIZE.height, VideoBufferType.RGBA));
  }, 66);
  return () => {
    fed = false;
    clearInterval(pictures);
  };
}

test('two programs send each other sound, pictures, data, texts and calls, and a backend runs their room', TIMEOUT, async () => {
  const [ana, ben] = [new Room(), new Room()] as const;
  const got = { audio: 0, video: 0, width: 0, data: [] as string[], texts: [] as string[], attributes: {} as Record<string, string>, subscribed: 0 };
  const count = async (track: RemoteTrack): Promise<void> => {
    const kind = track.kind === TrackKind.KIND_AUDIO ? 'audio' : 'video';
    const stream: unknown = kind === 'audio' ? new AudioStream(track) : new VideoStream(track);
    for await (const item of stream as AsyncIterable<{ frame?: { width: number } }>) {
      got[kind] += 1;
      if (kind === 'video') got.width = item.frame?.width ?? 0;
    }
  };
  ben.on(RoomEvent.TrackSubscribed, (track) => void count(track));
  ben.on(RoomEvent.DataReceived, (payload) => got.data.push(Buffer.from(payload).toString()));
  ben.registerTextStreamHandler('t', (reader) => void reader.readAll().then((text) => got.texts.push(text)));
  ben.on(RoomEvent.ParticipantAttributesChanged, (changed) => Object.assign(got.attributes, changed));
  ana.on(RoomEvent.LocalTrackSubscribed, () => (got.subscribed += 1));
  await enter(ana, 'ana', { room: 'node', canUpdateOwnMetadata: true });
  await enter(ben, 'ben', { room: 'node', canPublish: false, canPublishData: true });

  const [audio, video] = [new AudioSource(RATE, 1), new VideoSource(SIZE.width, SIZE.height)] as const;
  const stop = feed(audio, video);
  const options = (source: TrackSource): TrackPublishOptions => new TrackPublishOptions({ source, simulcast: true });
  const microphone = LocalAudioTrack.createAudioTrack('microphone', audio);
  const camera = LocalVideoTrack.createVideoTrack('camera', video);
  await ana.localParticipant?.publishTrack(microphone, options(TrackSource.SOURCE_MICROPHONE));
  await ana.localParticipant?.publishTrack(camera, options(TrackSource.SOURCE_CAMERA));
  await until('sound', () => got.audio > 50);
  await until('pictures', () => got.video > 20);
  await until('the largest size', () => got.width === SIZE.width, 40_000);
  await until('its publisher knows', () => got.subscribed === 2);

  await ana.localParticipant?.publishData(Buffer.from('reliable'), { reliable: true });
  await until('the reliable packet', () => got.data.includes('reliable'));
  await until('a lossy packet', async () => {
    await ana.localParticipant?.publishData(Buffer.from('lossy'), { reliable: false });
    return got.data.includes('lossy');
  });
  await ana.localParticipant?.sendText('text '.repeat(10_000), { topic: 't' });
  await until('the text', () => got.texts[0] === 'text '.repeat(10_000));
  ben.localParticipant?.registerRpcMethod('echo', async ({ payload }) => payload);
  assert.equal(await ana.localParticipant?.performRpc({ destinationIdentity: 'ben', method: 'echo', payload: 'p' }), 'p');
  await ana.localParticipant?.setAttributes({ mood: 'good' });
  await until('the attribute', () => got.attributes.mood === 'good');

  const backend = new RoomServiceClient(platform.url, 'dev', await platform.appSecret());
  assert.deepEqual((await backend.listRooms()).map(({ name, numParticipants }) => [name, numParticipants]), [['node', 2]]);
  const [first] = (await backend.getParticipant('node', 'ana')).tracks;
  assert.ok(first);
  await backend.mutePublishedTrack('node', 'ana', first.sid, true);
  await backend.sendData('node', new TextEncoder().encode('from the backend'), 0, {});
  await until("the backend's packet", () => got.data.includes('from the backend'));
  await assert.rejects(backend.deleteRoom('none'), { code: 'not_found', status: 404 });
  stop();
  await backend.deleteRoom('node');
  await until('both are out', () => !ana.isConnected && !ben.isConnected);
});

/** The program's wrapper of LiveKit's core has no word for it yet, the core has: 0 is the smallest size, 2 the largest. */
function choose(publication: RemoteTrackPublication, quality: 0 | 1 | 2): void {
  const trackPublicationHandle = publication.ffiHandle.handle;
  globalThis._ffiClientInstance?.request({ message: { case: 'setRemoteTrackPublicationQuality', value: { trackPublicationHandle, quality } } });
}

for (const [name, videoCodec] of [['VP9', VideoCodec.VP9], ['AV1', VideoCodec.AV1]] as const) {
  test(`layers of one ${name} stream are sizes that a program chooses from`, TIMEOUT, async () => {
    const [host, viewer] = [new Room(), new Room()] as const;
    const got = { frames: 0, width: 0 };
    let publication: RemoteTrackPublication | undefined;
    viewer.on(RoomEvent.TrackSubscribed, async (track, its) => {
      publication = its;
      const stream: unknown = new VideoStream(track);
      for await (const { frame } of stream as AsyncIterable<{ frame: VideoFrame }>) {
        got.frames += 1;
        got.width = frame.width;
      }
    });
    await enter(host, 'host', { room: name });
    await enter(viewer, 'viewer', { room: name, canPublish: false });
    const video = new VideoSource(SIZE.width, SIZE.height);
    const stop = feed(new AudioSource(RATE, 1), video);
    const camera = LocalVideoTrack.createVideoTrack('camera', video);
    const videoEncoding = { maxBitrate: 3_000_000n, maxFramerate: 15 };
    const options = { source: TrackSource.SOURCE_CAMERA, videoCodec, simulcast: true, scalabilityMode: 'L3T3_KEY', videoEncoding };
    await host.localParticipant?.publishTrack(camera, new TrackPublishOptions(options));
    const seen = await until('the track', () => publication);
    assert.equal(seen.mimeType, `video/${name}`);
    for (const [quality, width] of [[2, SIZE.width], [0, SIZE.width / 4], [1, SIZE.width / 2], [2, SIZE.width]] as const) {
      choose(seen, quality);
      await until(`a width of ${width}`, () => got.width === width, 40_000).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(got)}`);
      });
      const before = got.frames;
      await until('pictures that move', () => got.frames > before + 5);
    }
    stop();
    await Promise.all([host.disconnect(), viewer.disconnect()]);
  });
}
