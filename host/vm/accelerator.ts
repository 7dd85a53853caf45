import { readFile } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { fileIdentity, type ProbeSubject, recallVerdict, rememberVerdict } from './accelerator-memory.ts';
import { type KvmVerdict, probeKvm } from './kvm-probe.ts';
import type { Accelerator, Architecture } from './machine-description.ts';
import type { QemuProgram } from './qemu-program.ts';

export type AcceleratorWish = 'auto' | Accelerator;

/** The choice and one line that says why, for logs and the summary. */
export interface AcceleratorChoice<Kind extends Accelerator | 'xen' = Accelerator | 'xen'> {
  accelerator: Kind;
  reason: string;
}

/**
 * Decides between KVM and emulation. `auto` takes KVM only where a guest is proven to boot on it. Throws a
 * FirstbornError of code `host` when KVM was asked for and does not work. `judge` is asked only if the
 * answer matters.
 */
export async function chooseAccelerator(
  wish: AcceleratorWish,
  judge: () => Promise<KvmVerdict>,
): Promise<AcceleratorChoice<Accelerator>> {
  if (wish === 'tcg') return { accelerator: 'tcg', reason: 'asked for' };
  const verdict = await judge();
  if (verdict.works) return { accelerator: 'kvm', reason: 'a guest boots on KVM' };
  if (wish === 'kvm') throw new FirstbornError('host', `Cannot use KVM: ${verdict.reason}`);
  return { accelerator: 'tcg', reason: `KVM is not usable: ${verdict.reason}` };
}

export interface JudgeOptions {
  qemu: QemuProgram;
  architecture: Architecture;
  kernelPath: string;
  /** Where verdicts are kept between runs. */
  memoryPath: string;
  signal?: AbortSignal;
  /** Exchangeable for tests. */
  probe?: typeof probeKvm;
  hostBootId?: string;
}

async function readHostBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/**
 * The remembered verdict on KVM for this host boot, QEMU and kernel, or a probe's (up to 8 s), which is
 * remembered. A memory that can't be written only means the next run probes again.
 */
export async function judgeKvm(options: JudgeOptions): Promise<KvmVerdict> {
  const { qemu, architecture, kernelPath, memoryPath, signal, probe = probeKvm } = options;
  const subject: ProbeSubject = {
    hostBootId: options.hostBootId ?? (await readHostBootId()),
    qemu: `${qemu.version} ${await fileIdentity(qemu.path)}`,
    kernel: await fileIdentity(kernelPath),
  };
  const known = await recallVerdict(memoryPath, subject);
  if (known !== undefined) return known;
  const verdict = await probe({
    qemuPath: qemu.path,
    architecture,
    kernelPath,
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  await rememberVerdict(memoryPath, subject, verdict).catch(() => {});
  return verdict;
}
