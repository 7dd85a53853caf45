import { isIPv4 } from 'node:net';
import { FirstbornError } from '../../protocol/errors.ts';
import type { PortForward } from '../machine/machine-record.ts';

/** A port to forward; its `hostPort` is 0 where any free one will do. */
export type PortRequest = PortForward;

const portForm = '[IPV4:][HOSTPORT:]GUESTPORT[/tcp|udp]';

interface PortRange {
  first: number;
  last: number;
}

function refuse(text: string, expected: string): FirstbornError {
  return new FirstbornError('usage', `Cannot take "${text}" for --publish: expected ${expected}`);
}

/** `80` or `8000-8010`. */
function readRange(text: string): PortRange | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last <= 65_535 && first <= last ? { first, last } : undefined;
}

/** Splits the host's address off: `127.0.0.1:80:80`, `[::1]:80:80`. */
function splitAddress(text: string): { address: string; ports: string } {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*:[^:]*)$/.exec(text);
  if (match === null) return { address: '', ports: text };
  return { address: match[1] ?? match[2] ?? '', ports: match[3] ?? '' };
}

/**
 * Reads `--publish` as docker-run(1) has it: `8080:80`, `127.0.0.1:8080:80/udp`, `8000-8010:80-90`; `80` and
 * `127.0.0.1::80` take any free port of the host. One request per port. Pure. Throws a FirstbornError of code `usage`.
 */
export function parsePortOption(text: string): PortRequest[] {
  const [mapping = '', protocol = 'tcp', ...more] = text.split('/');
  if ((protocol !== 'tcp' && protocol !== 'udp') || more.length > 0) throw refuse(text, portForm);
  const { address, ports } = splitAddress(mapping);
  if (address !== '' && !isIPv4(address)) {
    throw refuse(
      text,
      `an IPv4 address in place of "${address}", QEMU's user network forwards from no other`,
    );
  }
  const words = ports.split(':');
  const guest = readRange(words.at(-1) ?? '');
  const hostText = words.length === 2 ? words[0] : '';
  const host = hostText === undefined || hostText === '' ? undefined : readRange(hostText);
  if (guest === undefined || words.length > 2 || (hostText !== '' && host === undefined))
    throw refuse(text, portForm);
  if (host !== undefined && host.last - host.first !== guest.last - guest.first) {
    throw refuse(text, 'as many ports of the host as of the guest');
  }
  return Array.from({ length: guest.last - guest.first + 1 }, (_, index) => ({
    protocol,
    hostAddress: address,
    hostPort: host === undefined ? 0 : host.first + index,
    guestPort: guest.first + index,
  }));
}
