import type { TestContext } from 'node:test';
import { HostChannel } from '../../init/channel/host-channel.ts';
import type { RequestHandlers } from '../../init/channel/requests.ts';
import { FakeHost } from './fake-host.ts';
import { FakeNative } from './fake-native.ts';
import type { FakePort } from './fake-port.ts';
import { makeRecordingLog } from './recording-log.ts';

/** The guest's end of a channel on fake descriptors, with a host at the other end. */
export interface GuestChannel {
  native: FakeNative;
  port: FakePort;
  host: FakeHost;
  channel: HostChannel;
  logLines: Record<string, unknown>[];
}

/** Opens the channel. Timers are the test's: nothing waits for real. */
export function openGuestChannel(context: TestContext): GuestChannel {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  const { log, lines } = makeRecordingLog();
  const channel = new HostChannel(native, port.fd, 'boot-1', log);
  return { native, port, host: new FakeHost(native, port), channel, logLines: lines };
}

/**
 * Gives the guest a clock that stands still, and the function that moves it, in steps of half a second, with the
 * timers. The guest works in between.
 */
export function openClock(context: TestContext, guest: GuestChannel): (ms: number) => void {
  let nowMs = 1000;
  context.mock.method(performance, 'now', () => nowMs);
  return (ms) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 500) {
      nowMs += 500;
      context.mock.timers.tick(500);
      guest.native.settle();
    }
  };
}

/** Handlers for all requests: `given`, and for the others one that answers with nothing. */
export function fakeHandlers(given: Partial<RequestHandlers>): RequestHandlers {
  return new Proxy(given, {
    get: (handlers, method) => Reflect.get(handlers, method) ?? (() => undefined),
  }) as RequestHandlers;
}

/** Lets every promise that can settle do so. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
