/** Where the parts of the channel put their frames. */
export interface FrameSink {
  /** A session is open. */
  readonly isOpen: boolean;
  /**
   * False while no session is open or too much waits for the transport: a stream then holds its bytes back.
   * Control frames are few and bounded, and may be sent in spite of it.
   */
  readonly writable: boolean;
  /**
   * Requests sent so far, in all sessions. The guest reads frames in order, so an answer to a request that was
   * sent later proves that it has read everything sent before.
   */
  readonly sentRequests: number;
  /** Queues one frame. Without an open session it is dropped, because nobody could understand it. */
  send(frame: Buffer): void;
}
