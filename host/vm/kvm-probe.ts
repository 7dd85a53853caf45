import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Architecture } from './machine-description.ts';

/** Whether a guest boots on KVM here, and why not. */
export type KvmVerdict = { works: true } | { works: false; reason: string };

export interface KvmProbeOptions {
  qemuPath: string;
  architecture: Architecture;
  kernelPath: string;
  /** How long the guest may take to its panic. */
  deadlineMs?: number;
  /** Ends the probe early; its verdict then means nothing. */
  signal?: AbortSignal;
}

export const kvmDevicePath = '/dev/kvm';
const defaultDeadlineMs = 8_000;
const maxSerialCharacters = 256 * 1024;

/** What a kernel without initramfs and root disk says last: it booted, found the CPU in order, ran threads. */
const proofOfBoot = /Kernel panic - not syncing: (VFS: Unable to mount root fs|No working init found)/;

/** The command line of the probe: the smallest machine on which the kernel reaches its panic. Pure. */
export function kvmProbeArguments(architecture: Architecture, kernelPath: string): string[] {
  const isX86 = architecture === 'x86_64';
  return [
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ['-machine', `${isX86 ? 'q35,usb=off' : 'virt,gic-version=max'},accel=kvm`],
    ['-cpu', 'host', '-m', '256M', '-serial', 'stdio', '-kernel', kernelPath],
    ['-append', `console=${isX86 ? 'ttyS0' : 'ttyAMA0'} panic=-1${isX86 ? ' reboot=t' : ''}`],
  ].flat();
}

async function whyDeviceFails(): Promise<string | undefined> {
  try {
    await using _device = await open(kvmDevicePath, 'r+');
    return undefined;
  } catch (error) {
    return `"${kvmDevicePath}" cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
}

/**
 * Boots the kernel on KVM without initramfs and disks, and waits for the panic that proves it. The device
 * file alone proves nothing: a nested or filtered KVM can open, create a machine and then never run it.
 * Takes at most `deadlineMs`; QEMU is gone when it returns. Never throws.
 */
export async function probeKvm(options: KvmProbeOptions): Promise<KvmVerdict> {
  const deviceProblem = await whyDeviceFails();
  if (deviceProblem !== undefined) return { works: false, reason: deviceProblem };
  return await bootOnce(options);
}

function bootOnce(options: KvmProbeOptions): Promise<KvmVerdict> {
  const { qemuPath, architecture, kernelPath, deadlineMs = defaultDeadlineMs, signal } = options;
  return new Promise((resolve) => {
    let serial = '';
    let errors = '';
    let verdict: KvmVerdict | undefined;
    // Its own process group: a Ctrl-C in the terminal is ours to handle.
    const child = spawn(qemuPath, kvmProbeArguments(architecture, kernelPath), {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const decide = (next: KvmVerdict): void => {
      verdict ??= next;
      child.kill('SIGKILL');
    };
    const giveUp = (): void => decide({ works: false, reason: 'the probe was interrupted' });
    const deadline = setTimeout(
      () => decide({ works: false, reason: `a guest did not boot within ${deadlineMs / 1000} s` }),
      deadlineMs,
    );
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      serial = (serial + text).slice(-maxSerialCharacters);
      if (proofOfBoot.test(serial)) decide({ works: true });
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4096);
    });
    child.on('error', (error) => decide({ works: false, reason: `QEMU did not start: ${error.message}` }));
    child.on('close', () => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', giveUp);
      const lastWords = errors.trim().split('\n')[0] ?? '';
      resolve(
        verdict ?? {
          works: false,
          reason: lastWords === '' ? 'QEMU ended before a guest booted' : `QEMU says "${lastWords}"`,
        },
      );
    });
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted === true) giveUp();
  });
}
