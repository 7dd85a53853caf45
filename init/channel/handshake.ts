import {
  guestFeatures,
  Hello,
  Nonce,
  protocolVersions,
  type Refuse,
  type Welcome,
} from '../../protocol/messages.ts';
import { initVersion } from '../version.ts';

export type HandshakeAnswer =
  | { state: 'welcome'; hello: Hello; welcome: Welcome }
  | { state: 'refuse'; refuse: Refuse };

function refuse(session: string | undefined, code: Refuse['code'], message: string): HandshakeAnswer {
  const whose = session === undefined ? {} : { session };
  return { state: 'refuse', refuse: { ...whose, code, message, protocol: { ...protocolVersions } } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The nonce of a hello that is wrong otherwise: whoever said it must know that the refusal is meant for it. */
function nonceOf(value: unknown): string | undefined {
  const session =
    typeof value === 'object' && value !== null && 'session' in value ? value.session : undefined;
  const parsed = Nonce.safeParse(session);
  return parsed.success ? parsed.data : undefined;
}

/** What the guest tells of itself. */
export interface GuestIdentity {
  bootId: string;
  /** By stream: what has arrived of the open streams from the host. */
  streams: Record<string, number>;
}

/** Decides on a hello: the highest version that both sides speak, or a refusal that names ours. Pure. */
export function answerHello(text: string, { bootId, streams }: GuestIdentity): HandshakeAnswer {
  const value = parse(text);
  const parsed = Hello.safeParse(value);
  if (!parsed.success) return refuse(nonceOf(value), 'bad-hello', 'Cannot read the hello');
  const hello = parsed.data;
  const protocol = Math.min(hello.protocol.max, protocolVersions.max);
  if (protocol < Math.max(hello.protocol.min, protocolVersions.min)) {
    const { min, max } = hello.protocol;
    return refuse(
      hello.session,
      'version',
      `Cannot speak protocol ${min} to ${max}: this guest speaks ${protocolVersions.min} to ${protocolVersions.max}`,
    );
  }
  return {
    state: 'welcome',
    hello,
    welcome: {
      protocol,
      session: hello.session,
      features: [...guestFeatures],
      bootId,
      initVersion,
      streams,
    },
  };
}
