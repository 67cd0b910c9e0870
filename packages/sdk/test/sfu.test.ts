/** Rooms whose media goes through the server, with a server and peer connections that are made up. */
import type { ClientMessage, ServerMessage } from '@rtc-platform/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodingsOf } from '../src/encodings.js';
import { fakeStream, fakeTrack } from './fake-media.js';
import type { FakePeerConnection } from './fake-peer-connection.js';
import { connections, joinPage, server, settle, type Page } from './harness.js';

type Sent<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>;
type Offer = Extract<ClientMessage, { target: 'publish'; rev: number }>;
type Answer = Extract<ClientMessage, { target: 'subscribe'; rev: number }>;

/** What a user's page has sent of a type. */
function sentBy<T extends ClientMessage['type']>(userId: string, type: T): Sent<T>[] {
  const all = server.taken.filter(({ from, message }) => from === userId && message.type === type);
  return all.map(({ message }) => message as unknown as Sent<T>);
}

const offers = (userId: string): Offer[] => sentBy(userId, 'offer') as Offer[];
const answers = (userId: string): Answer[] => sentBy(userId, 'answer') as Answer[];

/** What the media server says: outside the sequence. */
async function say(userId: string, message: ServerMessage): Promise<void> {
  const { socket, seq } = server.seatOf(userId);
  socket?.receive({ ...message, seq });
  await settle();
}

interface Section {
  mid: string;
  kind: 'audio' | 'video';
  live: boolean;
}

/** The server's offer, of the connection that its session id names. */
async function offer(userId: string, rev: number, sections: Section[], session = 7): Promise<void> {
  const text = sections.map(({ mid, kind, live }) => ({ mid, kind, direction: live ? 'sendonly' : 'inactive' }));
  const sdp = `${JSON.stringify(text)}\no=- ${session} ${rev} IN IP4 127.0.0.1`;
  await say(userId, { type: 'offer', target: 'subscribe', from: 'sfu', userId: 'sfu', rev, sdp });
}

async function tracks(userId: string, ...all: [mid: string, of: string, source: string][]): Promise<void> {
  const entries = all.map(([mid, of, source]) => ({
    mid,
    socketId: server.seatOf(of).socketId,
    userId: of,
    kind: source === 'microphone' ? ('audio' as const) : ('video' as const),
    source,
  }));
  await say(userId, { type: 'tracks', tracks: entries });
}

/** Answers the last offer of a page as it is. */
async function accept(userId: string): Promise<void> {
  const { rev, sdp } = offers(userId).at(-1) as Offer;
  const sections = (JSON.parse(sdp) as Section[]).map((each) => ({ ...each, direction: 'recvonly' }));
  const text = JSON.stringify(sections);
  await say(userId, { type: 'answer', target: 'publish', from: 'sfu', userId: 'sfu', rev, sdp: text });
}

const CAMERA: Section = { mid: '1', kind: 'video', live: true };
const MICROPHONE: Section = { mid: '0', kind: 'audio', live: true };
const seen = (page: Page): unknown[] => page.of('track-added').map(({ userId, source }) => [userId, source]);
const live = (): FakePeerConnection[] => connections().filter(({ closed }) => !closed);

beforeEach(() => {
  server.topology = 'sfu';
});

describe('a room whose media goes through the server', () => {
  it('is told what the browser can receive, and what each section of an offer carries', async () => {
    await joinPage('ann', fakeStream(fakeTrack('audio'), fakeTrack('video')));
    expect(sentBy('ann', 'subscribe')).toMatchObject([{ sdp: 'can receive audio and video' }]);
    expect(offers('ann')).toMatchObject([
      {
        target: 'publish',
        rev: 1,
        tracks: [
          { mid: '0', source: 'microphone' },
          { mid: '1', source: 'camera' },
        ],
      },
    ]);
    expect(live()).toHaveLength(1);
  });

  it('shows the tracks of others by user and source, and answers under the number of the offer', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    await tracks('ann', ['0', 'ben', 'microphone'], ['1', 'ben', 'screen']);
    await offer('ann', 1, [MICROPHONE, CAMERA]);
    expect(seen(ann)).toEqual([
      ['ben', 'microphone'],
      ['ben', 'screen'],
    ]);
    expect(answers('ann')).toMatchObject([{ target: 'subscribe', rev: 1 }]);
    await offer('ann', 2, [MICROPHONE, { ...CAMERA, live: false }]);
    expect(ann.of('track-removed')).toMatchObject([{ userId: 'ben', source: 'screen' }]);
    expect(ann.of('error')).toEqual([]);
  });

  it('a section serves another user after it was free', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    await joinPage('cem');
    await tracks('ann', ['1', 'ben', 'camera']);
    await offer('ann', 1, [CAMERA]);
    await offer('ann', 2, [{ ...CAMERA, live: false }]);
    await tracks('ann', ['1', 'cem', 'camera']);
    await offer('ann', 3, [CAMERA]);
    expect(seen(ann)).toEqual([
      ['ben', 'camera'],
      ['cem', 'camera'],
    ]);
    expect(ann.call.users.map(({ tracks }) => tracks.length)).toEqual([0, 1]);
  });

  it('is answered again where it offers again, and an older offer is ignored', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    await tracks('ann', ['1', 'ben', 'camera']);
    for (const rev of [1, 2, 2, 1]) await offer('ann', rev, [CAMERA]);
    expect(answers('ann').map(({ rev }) => rev)).toEqual([1, 2, 2]);
    expect(ann.of('track-added')).toHaveLength(1);
  });

  it('gets a new connection from the page where its own is another one', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    await tracks('ann', ['1', 'ben', 'camera']);
    await offer('ann', 1, [CAMERA], 7);
    await say('ann', { type: 'reset', target: 'subscribe' });
    expect(ann.of('track-removed')).toHaveLength(1);
    await offer('ann', 2, [CAMERA], 8);
    await offer('ann', 3, [CAMERA], 9);
    expect(ann.of('track-added')).toHaveLength(3);
    expect(ann.of('track-removed')).toHaveLength(2);
    expect(live()).toHaveLength(1);
  });

  it('that lost what was published gets all of it on a new connection', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('video')));
    await say('ann', { type: 'reset', target: 'publish' });
    expect(offers('ann')).toHaveLength(1);
    await accept('ann');
    await ann.call.publish(fakeTrack('video'), { source: 'screen' });
    await settle();
    await accept('ann');
    await say('ann', { type: 'reset', target: 'publish' });
    expect(offers('ann').map(({ rev, tracks }) => [rev, tracks.map(({ source }) => source)])).toEqual([
      [1, ['camera']],
      [2, ['camera', 'screen']],
      [3, ['camera', 'screen']],
    ]);
    expect(live()).toHaveLength(1);
  });

  it('is sent an offer again that may not have arrived, under the same number', async () => {
    await joinPage('ann', fakeStream(fakeTrack('video')));
    server.cut('ann');
    await settle(1_000);
    const again = server.socket.sent.filter(({ type }) => type === 'offer') as unknown as Offer[];
    expect(again.length).toBeGreaterThan(0);
    expect(again.every(({ rev }) => rev === 1)).toBe(true);
    await accept('ann');
    expect(live()[0]?.remoteDescription?.type).toBe('answer');
  });

  it('is sent an offer again that it could not take at the moment', async () => {
    await joinPage('ann', fakeStream(fakeTrack('video')));
    server.pushError(server.seatOf('ann'), 'UNAVAILABLE', false, 'x-1');
    await settle(1_100);
    expect(offers('ann').map(({ rev }) => rev)).toEqual([1, 1]);
  });

  it('says which sizes to go on sending', async () => {
    await joinPage('ann', fakeStream(fakeTrack('video')));
    await accept('ann');
    const active = (): unknown[] =>
      (live()[0]?.getTransceivers()[0]?.encodings ?? []).map(({ rid, active = true }) => [rid, active]);
    expect(active()).toEqual([
      ['q', true],
      ['h', true],
      ['f', true],
    ]);
    await say('ann', { type: 'layers', mid: '0', layers: [0, 2] });
    expect(active()).toEqual([
      ['q', true],
      ['h', false],
      ['f', true],
    ]);
    await say('ann', { type: 'layers', mid: 'other', layers: [] });
    await say('ann', { type: 'layers', mid: '0', layers: [] });
    expect(active().map((each) => (each as unknown[])[1])).toEqual([false, false, false]);
  });

  it('tells who speaks and how the lines do', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    const told: unknown[] = [];
    ann.call.on('active-speaker', (speaker) => told.push(speaker));
    ann.call.on('network-quality', (quality) => told.push(quality));
    await say('ann', { type: 'active-speaker', userId: 'ben' });
    await say('ann', { type: 'network-quality', userId: 'ben', quality: 2 });
    await say('ann', { type: 'network-quality', userId: 'ann', quality: 3 });
    expect(told).toEqual([
      { userId: 'ben' },
      { userId: 'ben', quality: 'poor' },
      { userId: 'ann', quality: 'ok' },
    ]);
    expect([ann.call.me?.quality, ann.call.users[0]?.quality]).toEqual(['ok', 'poor']);
  });

  it('is asked for another path where that of the media broke', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('audio')));
    await joinPage('ben');
    await accept('ann');
    await tracks('ann', ['1', 'ben', 'camera']);
    await offer('ann', 1, [CAMERA]);
    const [up, down] = live();
    up?.ice('failed');
    down?.ice('failed');
    await settle();
    expect(up?.restarts).toBe(1);
    expect(offers('ann').map(({ rev }) => rev)).toEqual([1, 2]);
    expect(sentBy('ann', 'restart')).toMatchObject([{ target: 'subscribe' }]);
    expect(ann.call.me?.quality).toBe('lost');
  });

  it('takes tracks that come and go and are replaced', async () => {
    const camera = fakeTrack('video');
    const ann = await joinPage('ann', fakeStream(camera));
    await accept('ann');
    await ann.call.replaceTrack('camera', fakeTrack('video'));
    await settle();
    expect(offers('ann')).toHaveLength(1);
    await ann.call.unpublish('camera');
    await settle();
    expect(offers('ann').at(-1)?.tracks).toEqual([]);
  });

  it('newcomers learn from a page that it is muted', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('audio')));
    ann.call.setMuted('audio', true);
    await settle();
    const ben = await joinPage('ben');
    expect(ben.call.users[0]?.muted).toEqual({ audio: true, video: false });
    expect(ben.of('data')).toEqual([]);
  });

  it('closes everything with the call', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('video')));
    await joinPage('ben');
    await tracks('ann', ['1', 'ben', 'camera']);
    await offer('ann', 1, [CAMERA]);
    ann.call.leave();
    expect(live()).toEqual([]);
  });
});

describe('the streams of a track', () => {
  const of = (width: number, height: number, source: 'camera' | 'screen' = 'camera', simulcast?: boolean) => {
    const track = Object.assign(fakeTrack('video'), { getSettings: () => ({ width, height }) });
    return encodingsOf({ track: track as MediaStreamTrack, source, stream: fakeStream(), simulcast });
  };
  const sizes = (...all: Parameters<typeof of>) =>
    of(...all)?.map(({ rid, scaleResolutionDownBy: scale, maxBitrate = 0 }) => [rid, scale, Math.round(maxBitrate / 1_000)]);

  it('of a camera are as many as its picture bears, smallest first', () => {
    expect(sizes(1280, 720)).toEqual([
      ['q', 4, 213],
      ['h', 2, 601],
      ['f', 1, 1_700],
    ]);
    expect(sizes(480, 360)?.map(([rid]) => rid)).toEqual(['h', 'f']);
    expect(sizes(320, 180)).toEqual([[undefined, undefined, 213]]);
  });

  it('are one where the page wants one, of a screen, and of sound', () => {
    expect(sizes(1280, 720, 'camera', false)).toHaveLength(1);
    expect(of(1920, 1080, 'screen')).toMatchObject([{ scalabilityMode: 'L1T3' }]);
    expect(encodingsOf({ track: fakeTrack('audio'), source: 'microphone', stream: fakeStream() })).toBeUndefined();
  });
});
