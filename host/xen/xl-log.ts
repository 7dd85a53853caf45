/**
 * What `xl create -F` says of the domain that it watches (tools/xl/xl_vmcontrol.c of Xen): a line when it begins to,
 * one when the guest has shut down, and one when the domain is gone.
 */

/** How a guest has shut down, by Xen's number for it (xen/include/public/sched.h, SHUTDOWN_*). */
const shutdownReasons: Record<number, string> = {
  0: 'powered off without a word',
  1: 'asked for a reboot without a word',
  2: 'suspended itself',
  3: 'crashed',
  4: 'was ended by its watchdog',
  5: 'asked for a soft reset',
};

/** The domain's number; `undefined` while it is being built. Pure. */
export function findDomainNumber(log: string): number | undefined {
  const number = /^Waiting for domain .* \(domid (\d+)\) to die/m.exec(log)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The domain has been taken away, whoever did it. Pure. */
export function isDomainGone(log: string): boolean {
  return /^Domain \d+ (?:needs to be cleaned up|has been destroyed)/m.test(log);
}

/** The guest has crashed, and its domain is still there. Pure. */
export function isDomainKept(log: string): boolean {
  return /^Action for shutdown reason code \d+ is preserve$/m.test(log);
}

/** How the guest ended, when xl has seen it: `Guest crashed (…)`. Pure. */
export function describeShutdown(log: string): string | undefined {
  const code = /^Domain \d+ has shut down, reason code (\d+)/m.exec(log)?.[1];
  if (code !== undefined) {
    const words = shutdownReasons[Number(code)] ?? 'shut down in an unknown way';
    return `Guest ${words} (Xen's reason code ${code})`;
  }
  return /^Domain \d+ has been destroyed/m.test(log) ? 'Domain was destroyed from outside' : undefined;
}
