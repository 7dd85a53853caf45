import { parseWith } from '../../protocol/parse.ts';
import { MachineExit } from '../machine/machine-record.ts';
import type { MonitorConnection } from './connection.ts';
import { untilAborted } from './abort.ts';

/**
 * Waits for a machine's end on the connection that started it: a machine that removes itself leaves nothing to ask
 * afterwards. It keeps the process alive only while somebody waits.
 */
export class EndWatch {
  readonly #connection: MonitorConnection;
  readonly #exit: Promise<MachineExit>;
  #waiting = 0;

  constructor(connection: MonitorConnection) {
    this.#connection = connection;
    this.#exit = connection
      .request({ method: 'wait', params: {} })
      .then((result) => parseWith(MachineExit, result, 'the result of "wait"', 'channel'));
    this.#exit.catch(() => {}).finally(() => connection.close());
    connection.socket.unref();
  }

  /** Rejects with code `channel` when the monitor is lost, and with the signal's reason. */
  async exit(signal?: AbortSignal): Promise<MachineExit> {
    this.#waiting += 1;
    this.#connection.socket.ref();
    try {
      return await untilAborted(this.#exit, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#connection.socket.unref();
    }
  }

  close(): void {
    this.#connection.close();
  }
}
