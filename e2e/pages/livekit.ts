/** A page as an app writes it that talks to a LiveKit service: npm's livekit-client, unchanged. */
import { Room, RoomEvent, Track, VideoPresets, type RemoteParticipant, type RemoteTrackPublication, type RoomOptions } from 'livekit-client';

const room: { current: Room | null } = { current: null };
const events: [string, any][] = [];
const live = (): Room => {
  if (!room.current) throw new Error('not in a room');
  return room.current;
};

async function join({ url, token, options = {} }: { url: string; token: string; options?: RoomOptions }): Promise<string> {
  const made = new Room({ ...options });
  room.current = made;
  const note = (name: string, data: unknown = null): unknown => events.push([name, data]);
  made.on(RoomEvent.ParticipantConnected, (who) => note('joined', who.identity));
  made.on(RoomEvent.ParticipantDisconnected, (who) => note('left', who.identity));
  made.on(RoomEvent.TrackSubscribed, (track, publication, who) => {
    track.attach();
    note('subscribed', { who: who.identity, kind: track.kind, source: publication.source, name: publication.trackName });
  });
  made.on(RoomEvent.TrackUnsubscribed, (track, _, who) => note('unsubscribed', { who: who.identity, kind: track.kind }));
  made.on(RoomEvent.TrackMuted, (publication, who) => note('muted', { who: who.identity, kind: publication.kind }));
  made.on(RoomEvent.TrackUnmuted, (publication, who) => note('unmuted', { who: who.identity, kind: publication.kind }));
  made.on(RoomEvent.DataReceived, (payload, who, _, topic) =>
    note('data', { who: who?.identity ?? null, text: new TextDecoder().decode(payload), topic }),
  );
  made.on(RoomEvent.Disconnected, (reason) => note('disconnected', reason));
  made.on(RoomEvent.Reconnecting, () => note('reconnecting'));
  made.on(RoomEvent.SignalReconnecting, () => note('signal-reconnecting'));
  made.on(RoomEvent.Reconnected, () => note('reconnected'));
  made.on(RoomEvent.ActiveSpeakersChanged, (speakers) => note('speakers', speakers.map((who) => who.identity)));
  made.on(RoomEvent.ParticipantAttributesChanged, (changed, who) => note('attributes', { who: who.identity, changed }));
  made.on(RoomEvent.ParticipantMetadataChanged, (_, who) => note('metadata', { who: who.identity, metadata: who.metadata }));
  made.on(RoomEvent.RoomMetadataChanged, (metadata) => note('room-metadata', metadata));
  made.on(RoomEvent.ParticipantPermissionsChanged, (_, who) => note('permissions', { who: who.identity }));
  made.on(RoomEvent.LocalTrackUnpublished, (publication) => note('unpublished', publication.kind));
  made.registerTextStreamHandler('greetings', (reader, who) => {
    void reader.readAll().then((text) => note('text', { who: who.identity, text }));
  });
  made.registerRpcMethod('double', async ({ payload }) => String(2 * Number(payload)));
  await made.connect(url, token);
  return made.localParticipant.sid;
}

const publication = (identity: string, source: string): RemoteTrackPublication | undefined => {
  const who: RemoteParticipant | undefined = live().remoteParticipants.get(identity);
  return who?.getTrackPublication(source as Track.Source) as RemoteTrackPublication | undefined;
};

/** Pictures that are decoded of a track, and their size. */
async function picture({ identity, source = 'camera' }: { identity: string; source?: string }): Promise<{ frames: number; width: number; codec: string }> {
  const track = publication(identity, source)?.track;
  const report = await track?.getRTCStatsReport();
  const found = { frames: 0, width: 0, codec: '' };
  for (const figures of report?.values() ?? []) {
    if (figures.type === 'inbound-rtp' && figures.kind === 'video') {
      found.frames = figures.framesDecoded ?? 0;
      found.width = figures.frameWidth ?? 0;
      found.codec = report?.get(figures.codecId)?.mimeType ?? '';
    }
  }
  return found;
}

async function sound({ identity }: { identity: string }): Promise<number> {
  const report = await publication(identity, 'microphone')?.track?.getRTCStatsReport();
  for (const figures of report?.values() ?? []) {
    if (figures.type === 'inbound-rtp') return figures.totalAudioEnergy ?? 0;
  }
  return 0;
}

const kit = {
  events,
  join,
  picture,
  sound,
  state: (): string => live().state,
  sid: (): string => live().localParticipant.sid,
  people: (): { identity: string; name: string; attributes: object; tracks: string[] }[] =>
    [...live().remoteParticipants.values()].map((who) => ({
      identity: who.identity,
      name: who.name ?? '',
      attributes: who.attributes,
      tracks: [...who.trackPublications.values()].map((one) => `${one.source}${one.isMuted ? ' muted' : ''}`).sort(),
    })),
  microphone: async (on = true): Promise<string> => (await live().localParticipant.setMicrophoneEnabled(on))?.trackSid ?? '',
  camera: async (on = true): Promise<string> => (await live().localParticipant.setCameraEnabled(on))?.trackSid ?? '',
  /** A camera in three sizes. */
  large: async (codec: 'vp8' | 'vp9' | 'h264' | 'av1' = 'vp8'): Promise<string> => {
    const video = { width: { exact: 960 }, height: { exact: 540 }, frameRate: 15 };
    const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
    if (!track) throw new Error('no camera');
    const made = await live().localParticipant.publishTrack(track, {
      source: Track.Source.Camera,
      videoCodec: codec,
      simulcast: true,
      videoSimulcastLayers: [VideoPresets.h180, VideoPresets.h360],
      backupCodec: false,
    });
    return made.trackSid;
  },
  unpublishCamera: async (): Promise<void> => {
    const track = live().localParticipant.getTrackPublication(Track.Source.Camera)?.track;
    if (track) await live().localParticipant.unpublishTrack(track);
  },
  send: (text: string, to: string[] = [], reliable = true): Promise<void> =>
    live().localParticipant.publishData(new TextEncoder().encode(text), { reliable, destinationIdentities: to, topic: 'chat' }),
  greet: async (text: string): Promise<void> => void (await live().localParticipant.sendText(text, { topic: 'greetings' })),
  call: (destinationIdentity: string, payload: string): Promise<string> =>
    live().localParticipant.performRpc({ destinationIdentity, method: 'double', payload }),
  attributes: (set: Record<string, string>): Promise<void> => live().localParticipant.setAttributes(set),
  quality: (identity: string, quality: number): void => publication(identity, 'camera')?.setVideoQuality(quality),
  subscribe: (identity: string, source: string, on: boolean): void => publication(identity, source)?.setSubscribed(on),
  /** The WebSocket goes, as on a network that changes. */
  simulate: (scenario: 'signal-reconnect' | 'full-reconnect' | 'resume-reconnect'): Promise<void> => live().simulateScenario(scenario),
  leave: (): Promise<void> => live().disconnect(),
};

export type Kit = typeof kit;
window.kit = kit;
document.title = 'ready';
