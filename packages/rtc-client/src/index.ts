/** The `/rtc` routes for pages and Node. */
export { RtcClient, type CallOptions, type RtcClientOptions, type SubscribeOptions, type SubscribeRequest } from './client.ts';
export { RtcClientError, type RtcClientErrorCode } from './errors.ts';
export type {
  ConnectInfo,
  ConnectRequest,
  DisconnectAnswer,
  ErrorCode,
  ErrorDetail,
  HeartbeatAnswer,
  IceServer,
  PeerRequest,
  PeerSignal,
  PeerSnapshot,
  RoomSnapshot,
  SignalAnswer,
  SignalEvent,
  SignalRequest,
} from '@rtc-platform/shared';
