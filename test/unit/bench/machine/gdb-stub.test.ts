import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodePacket, PacketReader } from '../../../../bench/machine/gdb-packets.ts';
import { GdbStub } from '../../../../bench/machine/gdb-stub.ts';
import { scratchDirectory } from '../../../support/disks.ts';

const scratch = scratchDirectory();
after(() => scratch[Symbol.dispose]());
let sockets = 0;

/** A stub that answers by a table; what is not in it closes the connection. */
async function connectTo(
  answers: Readonly<Record<string, string>>,
): Promise<{ stub: GdbStub; asked: string[]; [Symbol.dispose](): void }> {
  const asked: string[] = [];
  const path = join(scratch.path, `${(sockets += 1)}.sock`);
  const server = createServer((socket: Socket) => {
    const reader = new PacketReader();
    socket.on('data', (bytes: Buffer) => {
      for (const command of reader.take(bytes)) {
        asked.push(command);
        const answer = answers[command];
        if (answer === undefined) socket.destroy();
        else socket.write(`+${encodePacket(answer)}`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stub = await GdbStub.connect(path, 5000);
  const dispose = (): void => {
    stub.close();
    server.close();
  };
  return { stub, asked, [Symbol.dispose]: dispose };
}

const registers = Buffer.alloc(20 * 8);
registers.writeBigUInt64LE(0x7e0000001000n, 16 * 8);

test('a GdbStub sets a breakpoint and tells the address at which the guest stops', async () => {
  using guest = await connectTo({
    '?': 'T05thread:01;',
    'Z1,7e0000001000,1': 'OK',
    c: 'T05thread:01;',
    g: registers.toString('hex'),
    D: 'OK',
  });
  await guest.stub.setBreakpoint(0x7e0000001000n);
  assert.equal(await guest.stub.runToStop(), 0x7e0000001000n);
  await guest.stub.detach();
  assert.deepEqual(guest.asked, ['?', 'Z1,7e0000001000,1', 'c', 'g', 'D']);
});

test('a breakpoint that QEMU refuses is an error with its answer', async () => {
  using guest = await connectTo({ '?': 'T05thread:01;', 'Z1,10,1': 'E22' });
  await assert.rejects(guest.stub.setBreakpoint(16n), /"Z1,10,1" gives "E22"/);
});

test('the end of QEMU is an error for whoever waits', async () => {
  using guest = await connectTo({ '?': 'T05thread:01;' });
  await assert.rejects(guest.stub.runToStop(), /QEMU has ended/);
});
