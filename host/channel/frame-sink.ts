/** Where the parts of the channel put their frames. */
export interface FrameSink {
  /**
   * False while no session is open or too much waits for the transport: a stream then holds its bytes back.
   * Control frames are few and bounded, and may be sent in spite of it.
   */
  readonly writable: boolean;
  /** Queues one frame. Without an open session it is dropped, because nobody could understand it. */
  send(frame: Buffer): void;
}
