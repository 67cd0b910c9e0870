/** Offers, answers, candidates and ICE restarts between pages, in the orders that a network makes of them. */
import { describe, expect, it, vi } from 'vitest';
import { PeerLink, type PeerLinkEvents } from '../src/peer-link.js';
import { dropOrphanFeedback, toDescription } from '../src/sdp.js';
import { fakeStream, fakeTrack } from './fake-media.js';
import { FakePeerConnection } from './fake-peer-connection.js';
import { connections, joinPage, server, settle } from './harness.js';

function link(initiator: boolean): {
  link: PeerLink;
  connection: FakePeerConnection;
  said: PeerLinkEvents['description'][];
} {
  const connection = new FakePeerConnection({});
  const made = new PeerLink(connection as unknown as RTCPeerConnection, initiator);
  const said: PeerLinkEvents['description'][] = [];
  made.on('description', (description) => said.push(description));
  return { link: made, connection, said };
}

const types = (from: string) => server.taken.filter((each) => each.from === from).map(({ message }) => message.type);

describe('who offers', () => {
  it('the one who was there first offers, the newcomer answers, and both send to the other by name', async () => {
    await joinPage('ann', fakeStream(fakeTrack('audio'), fakeTrack('video')));
    await joinPage('ben', fakeStream(fakeTrack('audio'), fakeTrack('video')));
    expect(types('ann').filter((type) => type !== 'ice')).toEqual(['offer']);
    expect(types('ben').filter((type) => type !== 'ice')).toEqual(['answer']);
    expect(server.taken.every(({ message }) => 'to' in message && message.to)).toBe(true);
    expect(connections().map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
  });

  it('gives the servers of the room to each connection', async () => {
    await joinPage('ann');
    await joinPage('ben');
    expect(connections()[0]?.configuration).toEqual({ iceServers: [{ urls: ['stun:127.0.0.1:3478'] }] });
  });

  it('an initiator without tracks still offers places for sound and picture', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben', fakeStream(fakeTrack('audio'), fakeTrack('video')));
    expect(types('ann').filter((type) => type === 'offer')).toHaveLength(1);
    expect(types('ben').filter((type) => type === 'offer')).toHaveLength(0);
    expect(ann.of('track-added').map(({ source }) => source)).toEqual(['microphone', 'camera']);
    expect(ben.of('track-added')).toEqual([]);
  });

  it('a third page gets a connection to each of the others', async () => {
    const pages = [];
    for (const name of ['ann', 'ben', 'cem']) pages.push(await joinPage(name, fakeStream(fakeTrack('video'))));
    expect(connections()).toHaveLength(6);
    expect(connections().every(({ signalingState }) => signalingState === 'stable')).toBe(true);
    for (const page of pages) expect(page.of('track-added')).toHaveLength(2);
  });
});

describe('collisions', () => {
  it('of offers end with both sides having what the other sends', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    await Promise.all([
      ann.call.publish(fakeTrack('video'), { source: 'screen' }),
      ben.call.publish(fakeTrack('video'), { source: 'screen' }),
    ]);
    await ann.call.publish(fakeTrack('audio'));
    await ben.call.publish(fakeTrack('audio'));
    await settle();
    expect(connections()[0]?.rollbacks).toEqual([]);
    expect(connections()[1]?.rollbacks.length).toBeGreaterThan(0);
    for (const page of [ann, ben]) {
      expect(
        page
          .of('track-added')
          .map(({ source }) => source)
          .sort(),
      ).toEqual(['microphone', 'screen']);
      expect(page.of('error')).toEqual([]);
    }
  });

  it('the initiator ignores the offer of the other side, and its candidates', async () => {
    const ours = link(true);
    ours.link.start([]);
    await settle();
    expect(ours.said.map(({ type }) => type)).toEqual(['offer']);
    ours.link.handleDescription({ type: 'offer', sdp: '[]' });
    ours.link.handleCandidate({ candidate: 'candidate:of the ignored offer' });
    await settle();
    expect(ours.said).toHaveLength(1);
    expect(ours.connection.candidates).toEqual([]);
  });

  it('an answer to an offer that was taken back is dropped', async () => {
    const ours = link(false);
    const errors: unknown[] = [];
    ours.link.on('error', (error) => errors.push(error));
    ours.link.handleDescription({ type: 'answer', sdp: '[]' });
    await settle();
    expect(errors).toEqual([]);
  });
});

describe('candidates', () => {
  it('that come before the description wait for it', async () => {
    const ours = link(false);
    ours.link.handleCandidate({ candidate: 'candidate:early' });
    ours.link.handleCandidate(null);
    await settle();
    expect(ours.connection.candidates).toEqual([]);
    ours.link.handleDescription({ type: 'offer', sdp: '[]' });
    await settle();
    expect(ours.connection.candidates).toEqual([{ candidate: 'candidate:early' }, undefined]);
  });

  it('trickle to the other side, the end of them as null', async () => {
    await joinPage('ann');
    await joinPage('ben');
    const sent = server.taken.flatMap(({ from, message }) =>
      from === 'ann' && message.type === 'ice' ? [message.candidate] : [],
    );
    expect(sent).toEqual([{ candidate: 'candidate:1', sdpMid: '0' }, null]);
    expect(connections()[1]?.candidates).toEqual([{ candidate: 'candidate:1', sdpMid: '0' }, undefined]);
  });
});

describe('descriptions of other pages', () => {
  it('may be a text or an object', () => {
    expect(toDescription('offer', 'v=0\r\n')).toEqual({ type: 'offer', sdp: 'v=0\r\n' });
    expect(toDescription('answer', { type: 'answer', sdp: 'v=0\r\n' })).toEqual({ type: 'answer', sdp: 'v=0\r\n' });
  });

  it('lose feedback lines of payload types that are not listed', () => {
    const sdp = [
      'm=audio 9 X 111',
      'a=rtcp-fb:* nack',
      'm=video 9 X 96 97',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:126 nack',
      '',
    ];
    expect(dropOrphanFeedback(sdp.join('\r\n'))).toBe(sdp.filter((line) => !line.includes('126')).join('\r\n'));
  });

  it('that cannot be used are reported and end nothing', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    const ben = server.seatOf('ben');
    server.push(server.seatOf('ann'), { type: 'offer', sdp: 'not a description', from: ben.socketId, userId: 'ben' });
    await settle();
    expect(ann.of('error')).toMatchObject([{ code: 'NEGOTIATION_FAILED', fatal: false }]);
    expect(ann.call.state).toBe('connected');
    await ann.call.publish(fakeTrack('video'));
    await settle();
    expect(connections()[1]?.signalingState).toBe('stable');
  });
});

describe('a lost path', () => {
  it('is sought anew after three seconds of silence', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    const connection = connections()[0] as FakePeerConnection;
    connection.ice('connected');
    connection.ice('disconnected');
    expect(ann.call.users[0]?.quality).toBe('lost');
    await settle(2_900);
    expect(connection.restarts).toBe(0);
    await settle(200);
    expect(connection.restarts).toBe(1);
    connection.ice('connected');
    expect(ann.call.users[0]?.quality).toBe('good');
  });

  it('is not sought anew where it came back by itself', async () => {
    await joinPage('ann');
    await joinPage('ben');
    connections()[0]?.ice('disconnected');
    connections()[0]?.ice('connected');
    await settle(10_000);
    expect(connections()[0]?.restarts).toBe(0);
  });

  it('is sought anew at once on failure, and after four attempts the page is told', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    for (let attempt = 0; attempt < 5; attempt++) {
      connections()[0]?.ice('failed');
      await settle();
    }
    expect(connections()[0]?.restarts).toBe(4);
    expect(ann.of('error')).toMatchObject([{ code: 'ICE_FAILED', fatal: false }]);
    expect(types('ann').filter((type) => type === 'offer')).toHaveLength(5);
  });

  it('is sought anew when the network is another one, over a new connection to the server', async () => {
    const page = new EventTarget();
    vi.stubGlobal('window', page);
    const network = Object.assign(new EventTarget(), { type: 'wifi' });
    vi.stubGlobal('navigator', { connection: network });
    const ann = await joinPage('ann');
    vi.stubGlobal('window', undefined);
    await joinPage('ben');
    network.dispatchEvent(new Event('change'));
    await settle();
    expect(server.sockets).toHaveLength(2);
    network.type = 'cellular';
    network.dispatchEvent(new Event('change'));
    await settle();
    expect(server.sockets).toHaveLength(3);
    expect(ann.call.state).toBe('connected');
    expect(connections()[0]?.restarts).toBe(1);
    page.dispatchEvent(new Event('online'));
    await settle();
    expect(connections()[0]?.restarts).toBe(2);
    expect(ann.of('user-left')).toEqual([]);
  });
});
