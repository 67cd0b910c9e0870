/**
 * LiveKit's own server SDK accepts the tokens and webhook signatures that crates/pure/rtc-auth writes; the Rust tests
 * hold that it still writes these, and that it reads what the SDK wrote.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ParticipantInfo_State, TokenVerifier, TrackSource, WebhookReceiver } from 'livekit-server-sdk';

type Vectors = { secret: string; ours: { token: string; body: string; authorization: string } };

const file = new URL('../../crates/pure/rtc-auth/src/livekit/vectors.json', import.meta.url);
const { secret, ours } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
/** The vectors were signed at a fixed time, which is long past or to come. */
const ANY_TIME_S = 10_000_000_000;

test('an access token of ours is good to TokenVerifier', async () => {
  const claims = await new TokenVerifier('app-1', secret).verify(ours.token, ANY_TIME_S);
  assert.equal(claims.sub, 'zoë');
  assert.deepEqual(claims.attributes, { lang: 'is' });
  assert.equal(claims.video?.room, 'daily');
  assert.equal(claims.video?.canSubscribe, false);
  await assert.rejects(new TokenVerifier('app-1', `${secret}x`).verify(ours.token, ANY_TIME_S));
});

test('a webhook of ours is good to WebhookReceiver, and a changed one is not', async () => {
  const receiver = new WebhookReceiver('app-1', secret);
  const event = await receiver.receive(ours.body, ours.authorization, false, ANY_TIME_S);
  assert.deepEqual([event.event, event.id, event.createdAt], ['room_started', 'EV_1', 4_102_444_800n]);
  await assert.rejects(receiver.receive(`${ours.body} `, ours.authorization, false, ANY_TIME_S));
});

test('the bodies of all our room events are read by WebhookReceiver', async () => {
  const bodies = new URL('../../crates/io/rtc-outbound/src/livekit/event/vectors.json', import.meta.url);
  const receiver = new WebhookReceiver('app-1', secret);
  const read = [];
  for (const body of JSON.parse(readFileSync(bodies, 'utf8')) as object[]) {
    const event = await receiver.receive(JSON.stringify(body), undefined, true);
    assert.equal(event.room?.sid, 'RM_1');
    read.push([event.event, event.participant?.identity, event.participant?.state, event.track?.source]);
  }
  assert.deepEqual(read, [
    ['room_started', undefined, undefined, undefined],
    ['room_finished', undefined, undefined, undefined],
    ['participant_joined', 'zoe', ParticipantInfo_State.ACTIVE, undefined],
    ['participant_left', 'zoe', ParticipantInfo_State.DISCONNECTED, undefined],
    ['participant_connection_aborted', 'zoe', ParticipantInfo_State.DISCONNECTED, undefined],
    ['track_published', 'zoe', ParticipantInfo_State.ACTIVE, TrackSource.CAMERA],
    ['track_unpublished', 'zoe', ParticipantInfo_State.ACTIVE, TrackSource.CAMERA],
  ]);
});
