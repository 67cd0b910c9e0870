/**
 * Livestreams on an external LiveKit: one process orchestrates and has no media server, another plays LiveKit for it
 * (RoomService, its clients' protocol, signed webhooks), and everything between the two crosses the wire.
 */
import { AudioFrame, AudioSource, AudioStream, LocalAudioTrack, Room, RoomEvent, TrackPublishOptions, TrackSource, dispose } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Platform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };
const RATE = 48_000;
type Answer = { status: number; success: boolean; data: Record<string, unknown>; error?: { code: string } };
type Seat = { token: string; url: string; participant: { id: string } };
let livekit: Platform;
let orchestrator: Platform;
let rooms: RoomServiceClient;

before(async () => {
  livekit = await Platform.start();
  const key = await ask(livekit, 'POST', '/apps', { name: 'The orchestrator' }) as unknown as { id: string; secret: string };
  const url = livekit.url.replace('http', 'ws');
  const environment = { LIVEKIT_URL: url, LIVEKIT_API_KEY: key.id, LIVEKIT_API_SECRET: key.secret, MEDIA_WORKERS: '0' };
  orchestrator = await Platform.start([], '127.0.0.1', environment);
  const credentials = { 'x-app-id': key.id, 'x-app-secret': key.secret };
  await ask(livekit, 'POST', '/api/v1/webhook-endpoints', { url: `${orchestrator.url}/api/v1/webhooks/livekit` }, credentials);
  rooms = new RoomServiceClient(livekit.url, key.id, key.secret);
});
after(async () => {
  await dispose();
  await orchestrator?.stop();
  await livekit?.stop();
});

async function ask(platform: Platform, method: string, path: string, body?: object, headers = {}): Promise<Answer> {
  const request: RequestInit = { method, headers: { 'content-type': 'application/json', ...headers } };
  if (body) request.body = JSON.stringify(body);
  const response = await fetch(platform.url + path, request);
  return { ...(await response.json() as Answer), status: response.status };
}

const stream = async (path: string, method = 'GET', body?: object): Promise<Record<string, unknown>> => {
  const answer = await ask(orchestrator, method, `/api/v1/livestreams${path}`, body);
  assert.equal(answer.success, true, JSON.stringify(answer));
  return answer.data;
};

/** A user's place by the orchestrator, and its media session at the other process. */
async function enter(id: unknown, userId: string, role: string): Promise<{ room: Room; seat: Seat }> {
  const seat = await stream(`/${id}/join`, 'POST', { userId, displayName: userId.toUpperCase(), role }) as Seat;
  assert.equal(seat.url, livekit.url.replace('http', 'ws'));
  const room = new Room();
  await room.connect(seat.url, seat.token, { autoSubscribe: true, dynacast: false });
  return { room, seat };
}

async function publish(room: Room, source: AudioSource): Promise<void> {
  const track = LocalAudioTrack.createAudioTrack('microphone', source);
  await room.localParticipant?.publishTrack(track, new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }));
}

test('rooms, tokens and webhooks cross between an orchestrator and its LiveKit', TIMEOUT, async () => {
  const created = await stream('', 'POST', { roomName: 'show', title: 'The show', createdBy: 'ana' });
  const id = created.id;
  assert.equal(created.status, 'LIVE');
  assert.deepEqual((await rooms.listRooms()).map((room) => room.name), ['dev__show']);
  await stream(`/${id}`, 'PATCH', { metadata: { topic: 'bread' } });
  assert.deepEqual((await rooms.listRooms()).map((room) => room.metadata), ['{"topic":"bread"}']);

  const ana = await enter(id, 'ana', 'HOST');
  const source = new AudioSource(RATE, 1);
  await publish(ana.room, source);
  const singing = setInterval(() => {
    const samples = Int16Array.from({ length: RATE / 100 }, (_, n) => 8_000 * Math.sin(n / 17));
    void source.captureFrame(new AudioFrame(samples, RATE, 1, samples.length)).catch(() => clearInterval(singing));
  }, 10);
  let heard = 0;
  const ben = await enter(id, 'ben', 'VIEWER');
  const listen = async (track: ConstructorParameters<typeof AudioStream>[0]): Promise<void> => {
    const frames: unknown = new AudioStream(track);
    for await (const _ of frames as AsyncIterable<unknown>) heard += 1;
  };
  for (const { trackPublications } of ben.room.remoteParticipants.values()) {
    for (const { track } of trackPublications.values()) if (track) void listen(track);
  }
  ben.room.on(RoomEvent.TrackSubscribed, (track) => void listen(track));
  await until('the viewer hears the host', () => heard > 50);
  await assert.rejects(publish(ben.room, new AudioSource(RATE, 1)), 'a viewer publishes nothing');

  const state = () => stream(`/${id}/state`);
  await until('both are counted by webhooks', async () => (await state()).viewerCount === 1);
  const { participants, hostInfo, totalViewers } = await state();
  assert.deepEqual([(participants as string[]).sort(), hostInfo, totalViewers], [['ana', 'ben'], { userId: 'ana', displayName: 'ANA' }, 1]);
  const rows = await stream(`/${id}/participants`) as unknown as Record<string, string>[];
  const [row] = rows.filter(({ userId }) => userId === 'ben');
  assert.equal(row?.id, ben.seat.participant.id, "the media session is found by the place's id");
  assert.equal(row?.livekitParticipantSid, ben.room.localParticipant?.sid);

  const eve = await enter(id, 'eve', 'VIEWER');
  await until('a second viewer counts', async () => (await state()).viewerCount === 2);
  await eve.room.disconnect();
  await until('who disconnects is not counted', async () => (await state()).viewerCount === 1);
  await stream(`/${id}/leave`, 'POST', { userId: 'ben' });
  await until('who leaves by the API is disconnected', () => !ben.room.isConnected);
  await until('and not counted', async () => (await state()).viewerCount === 0);
  const left = await stream(`/${id}/participants?status=LEFT`) as unknown as Record<string, string>[];
  assert.deepEqual(left.map(({ userId }) => userId).sort(), ['ben', 'eve']);

  clearInterval(singing);
  const ended = await stream(`/${id}`, 'DELETE', { requestingUserId: 'ana' });
  assert.equal(ended.status, 'ENDED');
  assert.deepEqual(await rooms.listRooms(), [], 'its room is gone');
  await until('the host is disconnected', () => !ana.room.isConnected);
  const { status, totalViewers: total, peakViewerCount } = await state();
  assert.deepEqual([status, total, peakViewerCount], ['ENDED', 2, 2]);
});

test('a room that LiveKit ends by itself ends its stream, and a LiveKit that is away is told as such', TIMEOUT, async () => {
  const { id } = await stream('', 'POST', { roomName: 'other', title: 'Another', createdBy: 'ana' });
  await rooms.deleteRoom('dev__other');
  await until('the webhook ends the stream', async () => (await stream(`/${id}`)).status === 'ENDED');
  await livekit.stop();
  const refused = await ask(orchestrator, 'POST', '/api/v1/livestreams', { roomName: 'third', title: 'A third', createdBy: 'ana' });
  assert.deepEqual([refused.status, refused.success, refused.error?.code], [503, false, 'UNAVAILABLE']);
  const rows = await stream('?status=ERROR') as unknown as { roomName: string }[];
  assert.deepEqual(rows.map(({ roomName }) => roomName), ['third'], 'the row stays');
});
