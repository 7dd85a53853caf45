import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { orderMounts } from '../launch/mount-order.ts';
import type { BindRequest, MountRequest } from '../launch/mounts.ts';
import {
  allShareModules,
  chooseShareDriver,
  type GuestKernel,
  type ShareDriver,
} from '../launch/share-driver.ts';
import { inspectVolumeVerity } from '../launch/verified-volume.ts';
import { inspectVolumeSource } from '../launch/volume-source.ts';
import {
  type DiskNaming,
  type InspectedMount,
  type MountPlan,
  planMounts,
  type SharedDirectory,
} from '../launch/volumes.ts';
import { findInPath } from '../vm/qemu-program.ts';
import { withReadOnlyView } from '../vm/read-only-view.ts';
import { virtiofsdCommand } from '../vm/virtiofsd.ts';
import { chooseVirtiofsd } from './virtiofsd-choice.ts';

/**
 * Looks at the sources of all mounts and puts the mounts into their order. Throws a FirstbornError: of code `usage`
 * for what can't go together, of code `host` for a source that is none.
 */
export async function inspectMounts(requests: readonly MountRequest[]): Promise<InspectedMount[]> {
  const mounts: InspectedMount[] = [];
  for (const request of orderMounts(requests)) {
    mounts.push(request.type === 'bind' ? await inspectBind(request) : { request });
  }
  return mounts;
}

async function inspectBind(request: BindRequest): Promise<InspectedMount> {
  const source = await inspectVolumeSource(request.source);
  if (request.verity === undefined) return { request, source };
  if (source.kind === 'disk') {
    return { request, source: { ...source, verity: await inspectVolumeVerity(source, request.verity) } };
  }
  throw new FirstbornError(
    'usage',
    `Cannot verify the directory "${request.source}": only a disk has a hash tree`,
  );
}

/** Whether the guest is to verify it as it reads it. Pure. */
export const isVerifiedDisk = (mount: InspectedMount): boolean =>
  'source' in mount && mount.source.kind === 'disk' && mount.source.verity !== undefined;

const isShared = (mount: InspectedMount): mount is Extract<InspectedMount, { source: unknown }> =>
  'source' in mount && mount.source.kind === 'directory';

/** Kernel modules beyond the usual ones that the mounts may need. Pure. */
export function mountModules(mounts: readonly InspectedMount[]): string[] {
  const hasExt4 = mounts.some(
    (mount) => 'source' in mount && mount.source.kind === 'disk' && mount.source.format === 'ext4',
  );
  return [...(mounts.some(isShared) ? allShareModules : []), ...(hasExt4 ? ['ext4'] : [])];
}

/** Makes what serves directories to one machine, with everything below the machine's directory. */
class ShareMaker {
  readonly #directory: string;
  readonly #driver: ShareDriver;
  readonly #unsharePath: string | undefined;
  /** Where directories are shown read-only to their daemons. */
  readonly viewPaths: string[] = [];

  constructor(directory: string, driver: ShareDriver, unsharePath: string | undefined) {
    this.#directory = directory;
    this.#driver = driver;
    this.#unsharePath = unsharePath;
  }

  make(wish: { path: string; tag: string; index: number; readonly: boolean }): SharedDirectory {
    const { path, tag, index, readonly } = wish;
    const driver = this.#driver;
    if (driver.driver === 'none') {
      throw new FirstbornError(
        'host',
        `Cannot share the directory "${path}" with the guest: ${driver.reason}`,
      );
    }
    if (driver.driver === '9p') return { share: { driver: '9p', tag, path, readonly }, helper: undefined };
    const { program, sandbox } = driver;
    const socketPath = join(this.#directory, `share${index}.sock`);
    const service = { sandbox, socketPath, directory: path, readonly };
    const share = { driver: 'virtiofs', tag, socketPath } as const;
    // A daemon that could write is shown something that can't be written, where it may have mounts of its own.
    if (readonly && !program.refusesWrites && sandbox === 'namespace' && this.#unsharePath !== undefined) {
      const viewPath = join(this.#directory, `share${index}`);
      this.viewPaths.push(viewPath);
      const serve = virtiofsdCommand(program, { ...service, directory: viewPath });
      const command = withReadOnlyView(this.#unsharePath, { directory: path, viewPath }, serve);
      return { share, helper: { ...command, socketPath } };
    }
    return { share, helper: { ...virtiofsdCommand(program, service), socketPath } };
  }
}

/**
 * Decides how each mount gets into the guest and makes, in the machine's directory, what that needs. Throws a
 * FirstbornError of code `host` that says what is missing.
 */
export async function prepareMounts(
  mounts: readonly InspectedMount[],
  { machineDir, kernel, nameDisk }: { machineDir: string; kernel: GuestKernel; nameDisk?: DiskNaming },
): Promise<MountPlan> {
  const driver: ShareDriver = mounts.some(isShared)
    ? await chooseShareDriver(kernel, () => chooseVirtiofsd(machineDir))
    : { driver: 'none', reason: 'nothing is shared' };
  const maker = new ShareMaker(machineDir, driver, await findInPath('unshare', process.env['PATH'] ?? ''));
  const plan = planMounts(mounts, (wish) => maker.make(wish), nameDisk);
  for (const path of maker.viewPaths) await mkdir(path, { mode: 0o700 });
  return plan;
}
