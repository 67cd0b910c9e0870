/** What is read from a connection's report, and what a page is told of it. */
import { describe, expect, it } from 'vitest';
import { lossBetween, qualityOf, sampleOf } from '../src/measure.js';
import { connections, joinPage, settle } from './harness.js';

const pair = (seconds: number) => ({
  type: 'candidate-pair',
  nominated: true,
  state: 'succeeded',
  currentRoundTripTime: seconds,
});
const inbound = (packetsReceived: number, packetsLost: number, audioLevel = 0) => ({
  type: 'inbound-rtp',
  packetsReceived,
  packetsLost,
  audioLevel,
});

const report = (...entries: object[]) => new Map(entries.entries()) as unknown as RTCStatsReport;

describe('the figures of a link', () => {
  it('are read from the report', () => {
    const level = { type: 'media-source', audioLevel: 0.25 };
    const theirs = { type: 'remote-inbound-rtp', fractionLost: 0.03 };
    expect(sampleOf(report(pair(0.12), inbound(90, 10, 0.5), inbound(10, 0), level, theirs))).toEqual({
      roundTripTimeMs: 120,
      packetsReceived: 100,
      packetsLost: 10,
      outgoingLoss: 0.03,
      remoteLevel: 0.5,
      localLevel: 0.25,
    });
  });

  it('count losses between two looks, and late packets not at all', () => {
    const before = sampleOf(report(inbound(100, 10)));
    expect(lossBetween(before, sampleOf(report(inbound(190, 20))))).toBe(0.1);
    expect(lossBetween(before, sampleOf(report(inbound(190, 5))))).toBe(0);
    expect(lossBetween(before, before)).toBe(0);
  });

  it.each([
    [null, 0, 'good'],
    [300, 0.02, 'good'],
    [301, 0, 'ok'],
    [50, 0.03, 'ok'],
    [601, 0, 'poor'],
    [50, 0.09, 'poor'],
  ] as const)('of %s ms and a loss of %s mean: %s', (delay, loss, quality) => {
    expect(qualityOf(delay, loss)).toBe(quality);
  });
});

describe('measuring', () => {
  it('happens each second while somebody listens, and tells changes alone', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    const [connection] = connections();
    if (connection) connection.stats = [pair(0.7)];
    await settle(5_000);
    expect(ann.call.users[0]?.quality).toBe('good');
    const heard: string[] = [];
    const off = ann.call.on('network-quality', ({ userId, quality }) => heard.push(`${userId} ${quality}`));
    await settle(5_000);
    expect(heard).toEqual(['ben poor']);
    if (connection) connection.stats = [pair(0.05)];
    await settle(1_000);
    expect(heard).toEqual(['ben poor', 'ben good']);
    off();
    if (connection) connection.stats = [pair(0.7)];
    await settle(5_000);
    expect(ann.call.users[0]?.quality).toBe('good');
  });

  it('tells who speaks, the user of this page included, and when nobody does', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    const heard: (string | null)[] = [];
    ann.call.on('active-speaker', ({ userId }) => heard.push(userId));
    const levels: [number, number][] = [
      [0.01, 0.01],
      [0.5, 0.1],
      [0.4, 0.1],
      [0.1, 0.3],
      [0, 0],
    ];
    for (const [theirs, ours] of levels) {
      const [connection] = connections();
      if (connection) connection.stats = [inbound(1, 0, theirs), { type: 'media-source', audioLevel: ours }];
      await settle(1_000);
    }
    expect(heard).toEqual(['ben', 'ann', null]);
  });

  it('can be asked for', async () => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    const [connection] = connections();
    if (connection) connection.stats = [pair(0.02), inbound(98, 2)];
    expect(await ann.call.getStats()).toMatchObject([
      { userId: 'ben', roundTripTimeMs: 20, packetLoss: 0.02, quality: 'good' },
    ]);
    ann.call.leave();
    await expect(ann.call.getStats()).rejects.toMatchObject({ code: 'NOT_IN_ROOM' });
  });
});
