import type { FirstbornError } from '../../protocol/errors.ts';
import type { Event, Metrics, Welcome } from '../../protocol/messages.ts';
import type { StreamGap } from './stream-table.ts';

/** What a ChannelClient emits. */
export interface ChannelEvents {
  /** A session is open; the first, or one on a later transport. */
  opened: [Welcome];
  /** In order, each once. Acknowledged when the listeners have returned. */
  event: [Event];
  /** As often as `watchMetrics` asked for them. */
  sample: [Metrics];
  /** Bytes of a stream were lost: nobody took them in time. Emitted before the bytes behind them are. */
  gap: [StreamGap];
  /** Something from the guest was ignored, or some upkeep did not work; for a log. */
  ignored: [FirstbornError];
  /** The guest has not answered for long, although the transport is open. */
  silent: [];
  /** After `silent`: it answers again. */
  heard: [];
  /** The transport is gone; `attach` another one to go on. */
  lost: [FirstbornError];
  /** The conversation can't go on with any transport. */
  failed: [FirstbornError];
}

/** Where an earlier process had got to with the same machine. */
export interface ResumePoint {
  /** Events up to this sequence number were dealt with. */
  acknowledged?: number;
  /** Bytes taken of the guest's streams, by stream id. */
  received?: ReadonlyMap<number, number>;
  /** The machine that they belong to; another one is refused. */
  bootId?: string;
}
