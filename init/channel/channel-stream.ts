/** One stream of bytes, as the channel sees it. What a stream has no use for it leaves out. */
export interface ChannelStream {
  /** Of a stream from the host that can be resumed: what has arrived. The host sends on from there. */
  readonly receivedOffset?: number;
  /** Of an ended stream to the host: its last bytes or its end are yet to be sent in this session. */
  readonly endWaits?: boolean;
  /**
   * A host session begins, or the stream is opened in one: windows start anew. `taken` is how much of a stream
   * from the guest the host has taken; `undefined` when it has not named the stream.
   */
  onSession(taken?: number): void;
  /** The host allows sending up to this offset. */
  onCredit?(limit: number): void;
  onData?(offset: number, bytes: Buffer): void;
  onEnd?(offset: number): void;
  /**
   * Who waits for the host should look again: the transport took its queue, or the host has gone away or has come
   * back (see HostPresence). Possibly nothing of that.
   */
  onDrained?(): void;
}
