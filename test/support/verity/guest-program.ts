/**
 * Runs as PID 1 of a machine in init's place: flips bits on a disk, reads it through init's own set-up of verified disks,
 * and flips them back, as often as it is told to. Says on the console what it met, and powers off.
 */
import { closeSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { loadNative } from '../../../addon/load.ts';
import { runPlan } from '../../../init/boot/run-plan.ts';
import { ConsoleWriter } from '../../../init/log/console-writer.ts';
import { makeLog } from '../../../init/log/log.ts';
import { mapperControlPath, rootDeviceName } from '../../../init/machine/verified-disks.ts';
import { consolePlan } from '../../../init/phases/console.ts';
import { findDisks } from '../../../init/phases/disks.ts';
import { earlyMountsPlan } from '../../../init/phases/early-mounts.ts';
import { openModuleLoader } from '../../../init/phases/modules.ts';
import { openVerifiedDisk } from '../../../init/phases/verity.ts';
import { type Flip, flipRequestPath, type FlipReport, type FlipRequest, reportMark } from './flips.ts';

const native = loadNative('/lib/firstborn/addon.node');
const console = new ConsoleWriter(native);
const log = makeLog((line) => console.write(line));

function say(text: string): void {
  writeSync(2, `${reportMark}${text}\n`);
}

/** `undefined` where the kernel refuses with EIO. Anything else is an error of this program. */
function tryRead(fd: number, buffer: Buffer, offsetBytes: number): number | undefined {
  try {
    return readSync(fd, buffer, 0, buffer.length, offsetBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return undefined;
    throw error;
  }
}

/** Reads blocks of a device, each by itself, and compares them. */
function readBlocks(
  path: string,
  original: Buffer,
  { blockBytes, stride }: Reading,
): Omit<FlipReport, 'status'> {
  const fd = openSync(path, 'r');
  const report: Omit<FlipReport, 'status'> = { refused: [], wrong: [] };
  const block = Buffer.alloc(blockBytes);
  for (let index = 0; index * blockBytes < original.length; index += stride) {
    const offsetBytes = index * blockBytes;
    const lengthBytes = tryRead(fd, block, offsetBytes);
    if (lengthBytes === undefined) report.refused.push(index);
    else if (!block.equals(original.subarray(offsetBytes, offsetBytes + blockBytes)))
      report.wrong.push(index);
  }
  closeSync(fd);
  return report;
}

interface Reading {
  blockBytes: number;
  stride: number;
}

function flipBit(device: string, { offsetBytes, bit }: Flip): void {
  const fd = openSync(device, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, offsetBytes);
  writeSync(fd, Uint8Array.of((byte[0] ?? 0) ^ (1 << bit)), 0, 1, offsetBytes);
  // The device mapper reads past the page cache.
  fsyncSync(fd);
  closeSync(fd);
}

async function main(): Promise<void> {
  runPlan(native, log, earlyMountsPlan());
  runPlan(native, log, consolePlan());
  const modules = openModuleLoader(native, log);
  modules.loadForDevices();
  const { root: device } = await findDisks(modules);
  const { verity, passes } = JSON.parse(readFileSync(`/${flipRequestPath}`, 'utf8')) as FlipRequest;
  const original = Buffer.alloc(verity.dataBlocks * verity.blockSizeBytes);
  const fd = openSync(device, 'r');
  readSync(fd, original, 0, original.length, 0);
  closeSync(fd);
  for (const { flips, stride } of passes) {
    for (const flip of flips) flipBit(device, flip);
    // A device of its own for each pass: nothing that an earlier one has verified is remembered.
    const node = openVerifiedDisk(native, log, modules, { device, deviceName: rootDeviceName, verity });
    const report = readBlocks(node, original, { blockBytes: verity.blockSizeBytes, stride });
    const status = native.mappedDeviceStatus(mapperControlPath, rootDeviceName);
    native.removeMappedDevice(mapperControlPath, rootDeviceName);
    for (const flip of flips) flipBit(device, flip);
    say(JSON.stringify({ ...report, status } satisfies FlipReport));
  }
  say('done');
}

main()
  .catch((error: unknown) => say(`failed: ${error instanceof Error ? error.stack : String(error)}`))
  .finally(() => native.reboot('poweroff'));
