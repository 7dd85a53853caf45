/**
 * Plays a VM monitor with a guest inside, as a program: `fake-monitor.ts SOCKET SCENARIO`. Listens like QEMU's
 * chardev, greets back, then does what the scenario says.
 */
import { createServer, type Socket } from 'node:net';
import {
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  FrameDecoder,
} from '../../../../protocol/frame.ts';
import { exitEvent, readyEvent, welcomeFor } from './fake-guest.ts';

const [socketPath = '', scenario = ''] = process.argv.slice(2);

interface Message {
  id?: number;
  session?: string;
  method?: string;
  params?: { sequence?: number };
}

let sessions = 0;
let stdinText = '';

function say(socket: Socket, type: 'event' | 'welcome' | 'response', message: unknown): void {
  socket.write(encodeControl(type, message));
}

function opened(socket: Socket): void {
  sessions += 1;
  switch (scenario) {
    case 'exit':
    case 'linger':
      socket.write(encodeData(2, 0, Buffer.from('out\n')));
      socket.write(encodeData(3, 0, Buffer.from('err\n')));
      say(socket, 'event', readyEvent(1));
      say(socket, 'event', exitEvent(2, 42));
      break;
    case 'fault':
      say(socket, 'event', {
        sequence: 1,
        timeMs: 1,
        event: 'fault',
        phase: 'root',
        message: 'no disk',
        code: 125,
      });
      break;
    case 'silent':
      process.exit(0);
    // oxlint-disable-next-line no-fallthrough -- the process has ended
    case 'reconnect':
      if (sessions === 1) socket.end();
      else say(socket, 'event', exitEvent(1, sessions));
      break;
    case 'stdin':
      socket.write(encodeFrame('credit', 1, encodeOffset(1024)));
      break;
    default:
      say(socket, 'event', readyEvent(1));
  }
}

function request(socket: Socket, { id, method, params }: Message): void {
  say(socket, 'response', { id, ok: true });
  if (method === 'stop') say(socket, 'event', exitEvent(2, 143));
  const isLast =
    method === 'acknowledge' && (params?.sequence === 2 || scenario === 'fault' || scenario === 'reconnect');
  if (scenario === 'stdin' && method === 'acknowledge') socket.end(() => process.exit(0));
  else if (isLast && scenario !== 'linger') socket.end(() => process.exit(0));
}

if (scenario === 'broken') {
  process.stderr.write('qemu: could not open disk image\n');
  process.exit(1);
}

createServer((socket) => {
  const decoder = new FrameDecoder();
  let session = '';
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    for (const frame of decoder.push(piece as Buffer)) {
      if (frame.type === 'data') stdinText += frame.payload.subarray(8).toString();
      if (frame.type === 'end' && frame.stream === 1) say(socket, 'event', exitEvent(1, stdinText.length));
      if (frame.type !== 'hello' && frame.type !== 'request') continue;
      const message = JSON.parse(frame.payload.toString()) as Message;
      if (frame.type === 'request') {
        request(socket, message);
      } else if (scenario === 'refuse') {
        const refusal = {
          session: message.session,
          code: 'version',
          message: 'too new',
          protocol: { min: 2, max: 2 },
        };
        socket.write(encodeControl('refuse', refusal));
      } else if (scenario !== 'deaf') {
        say(socket, 'welcome', welcomeFor(message.session));
        if (session !== message.session) opened(socket);
        session = message.session ?? '';
      }
    }
  });
}).listen(socketPath);
