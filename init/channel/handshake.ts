import { Hello, protocolVersions, type Refuse, type Welcome } from '../../protocol/messages.ts';
import { initVersion } from '../version.ts';

/** Features of this guest that a host may count on. None yet: everything so far is version 1 itself. */
const features: string[] = [];

export type HandshakeAnswer =
  | { state: 'welcome'; hello: Hello; welcome: Welcome }
  | { state: 'refuse'; refuse: Refuse };

function refuse(code: Refuse['code'], message: string): HandshakeAnswer {
  return { state: 'refuse', refuse: { code, message, protocol: { ...protocolVersions } } };
}

function parseHello(text: string): Hello | undefined {
  try {
    const parsed = Hello.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Decides on a hello: the highest version that both sides speak, or a refusal that names ours. Pure. */
export function answerHello(text: string, bootId: string): HandshakeAnswer {
  const hello = parseHello(text);
  if (hello === undefined) return refuse('bad-hello', 'Cannot read the hello');
  const protocol = Math.min(hello.protocol.max, protocolVersions.max);
  if (protocol < Math.max(hello.protocol.min, protocolVersions.min)) {
    const { min, max } = hello.protocol;
    return refuse(
      'version',
      `Cannot speak protocol ${min} to ${max}: this guest speaks ${protocolVersions.min} to ${protocolVersions.max}`,
    );
  }
  return {
    state: 'welcome',
    hello,
    welcome: { protocol, session: hello.session, features, bootId, initVersion },
  };
}
