import { mkdirSync } from 'node:fs';
import { after, afterEach } from 'node:test';
import { artefacts } from '../../../host/artefacts.ts';
import { prepareBootFiles } from '../../../host/preparation/boot-files.ts';
import { stateDirectory } from '../../../host/state-directory.ts';
import { prepareRootDisk, scratchDirectory } from '../../support/disks.ts';
import { testEnvironment } from '../../support/run-firstborn.ts';
import { busybox } from '../../support/test-images.ts';
import { startXenHost, type XenHost } from './xen-host.ts';

/** The whole part of the tests; a bench that hangs ends then. */
const lifetimeMs = 840_000;

/** One machine with Xen for all tests of a process, and what their guests boot with. */
export interface Bench {
  host: XenHost;
  /** A directory of this machine that the control domain sees. */
  directory: string;
  initramfsPath: string;
  /** The busybox image. */
  rootDiskPath: string;
  imageConfig: string;
}

const scratch = scratchDirectory();
let started: Promise<Bench> | undefined;

async function start(): Promise<Bench> {
  const state = stateDirectory(testEnvironment);
  mkdirSync(state.initramfsCacheDir, { recursive: true });
  const [host, { initramfsPath }, { rootDiskPath, imageConfigBytes }] = await Promise.all([
    startXenHost({ shares: [scratch.path], lifetimeMs }),
    prepareBootFiles({
      kernelPath: undefined,
      modulesDir: undefined,
      artefacts: artefacts(testEnvironment),
      cacheDir: state.initramfsCacheDir,
    }),
    prepareRootDisk(busybox, scratch.path),
  ]);
  const imageConfig = imageConfigBytes.toString();
  return { host, directory: scratch.path, initramfsPath, rootDiskPath, imageConfig };
}

/** The bench, which is started by whoever asks first and closed behind the last test. */
export function bench(): Promise<Bench> {
  started ??= start();
  return started;
}

/** Logs of a run in which nothing failed interest nobody. Call it in each suite. */
export function keepLogsOnFailure(): void {
  afterEach(async (context) => {
    if ('passed' in context && !context.passed) (await started)?.host.keepLogs();
  });
}

after(async () => {
  try {
    await (await started)?.host.close();
  } finally {
    scratch[Symbol.dispose]();
  }
});
