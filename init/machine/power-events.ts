import { dirname } from 'node:path';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import type { StopReason } from '../../protocol/messages.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { listKernelDirectory } from './kernel-file.ts';
import { PowerButtons } from './power-buttons.ts';
import { watchUevents } from './uevents.ts';

/** Something outside the guest's own software wants the machine to end. */
export interface PowerEvent {
  reason: Extract<StopReason, 'power-button' | 'control-alt-delete' | 'power'>;
  how: 'poweroff' | 'reboot';
}

export interface PowerEventDependencies {
  native: Native;
  log: Log;
  modules: { loadByName(...names: string[]): void };
  /** Where sysfs is. */
  sysRoot?: string;
  /** Where input devices are opened. */
  inputDirectory?: string;
}

/** What the kernel runs, in init's root, when it wants an orderly end: words are split at blanks, nothing is quoted. */
const poweroffCommand = '/bin/node -e process.kill(1,"SIGPWR")';
/** The same for an orderly restart; the kernel knows this one path. */
const rebootProgram = { path: '/sbin/reboot', content: '#!/bin/node\nprocess.kill(1, "SIGINT");\n' };

/** Drivers of power buttons, where there is something to drive: directories below sysfs. */
const buttonDrivers = [
  { devices: 'bus/acpi/devices', name: /^(LNXPWRBN|PNP0C0C):/, module: 'button' },
  // The keys of a device tree hang on GPIO lines; their own driver waits for this one.
  { devices: 'bus/amba/devices', name: /./, module: 'gpio_pl061' },
];
/** What init reads input devices through. */
const inputDriver = { devices: 'class/input', name: /^input/, module: 'evdev' };

function loadDrivers(
  { modules, sysRoot = '/sys' }: PowerEventDependencies,
  drivers: readonly { devices: string; name: RegExp; module: string }[],
): void {
  for (const { devices, name, module } of drivers) {
    const names = listKernelDirectory(`${sysRoot}/${devices}`);
    if (names.some((device) => name.test(device))) modules.loadByName(module);
  }
}

type PowerListener = (event: PowerEvent) => void;

function tell(log: Log, onEvent: PowerListener, event: PowerEvent): void {
  log.info(event, 'the machine is to end');
  onEvent(event);
}

/**
 * Listens to the kernel, from now on and for the machine's life:
 *
 * - Ctrl-Alt-Del on a keyboard: SIGINT (reboot(2));
 * - the kernel's orderly_reboot(), for Xen's control/shutdown=reboot: it runs /sbin/reboot, which sends SIGINT, too;
 * - the kernel's orderly_poweroff(), for Xen's control/shutdown=poweroff and for machines that overheat: it runs
 *   kernel.poweroff_cmd, which sends SIGPWR.
 *
 * `onEvent` may be called any number of times. Costs next to nothing: call it early, because until then Ctrl-Alt-Del
 * restarts the machine at once. Never throws: what a kernel lacks, nothing is heard from.
 */
export function listenForPowerSignals(
  { native, log }: Pick<PowerEventDependencies, 'native' | 'log'>,
  onEvent: PowerListener,
): void {
  process.on('SIGINT', () => tell(log, onEvent, { reason: 'control-alt-delete', how: 'reboot' }));
  process.on('SIGPWR', () => tell(log, onEvent, { reason: 'power', how: 'poweroff' }));
  try {
    native.disableControlAltDelete();
  } catch (error) {
    log.warn({ err: error }, 'Ctrl-Alt-Del restarts the machine at once');
  }
  const { path, content } = rebootProgram;
  const plan = new Plan()
    .writeFile('/proc/sys/kernel/poweroff_cmd', poweroffCommand, {}, { orWarn: true })
    .makeDirectories(dirname(path), 0o755, { orWarn: true })
    .writeFile(path, content, { mode: 0o755, create: true, truncate: true }, { orWarn: true });
  runPlan(native, log, plan);
}

/**
 * Listens to power buttons (ACPI, GPIO, a keyboard's power key) through /dev/input, from now on and for the machine's
 * life, those that come later included. Loading the drivers makes the kernel wait for some ten milliseconds: call it
 * when nothing else does. Never throws.
 */
export function listenForPowerButtons(dependencies: PowerEventDependencies, onEvent: PowerListener): void {
  const { native, log, sysRoot = '/sys', inputDirectory = '/dev/input' } = dependencies;
  const pressed = (): void => tell(log, onEvent, { reason: 'power-button', how: 'poweroff' });
  const paths = { classDirectory: `${sysRoot}/class/input`, deviceDirectory: inputDirectory };
  const buttons = new PowerButtons(native, log, pressed, paths);
  const look = (): void => {
    loadDrivers(dependencies, [inputDriver]);
    buttons.scan();
  };
  const ended = (): void => log.warn('a power button that comes later goes unnoticed');
  try {
    watchUevents(native, log, {
      received: ({ action, subsystem }) => {
        if (action === 'add' && subsystem === 'input') look();
      },
      lost: look,
      ended,
    });
  } catch (error) {
    log.warn({ err: error }, 'the uevent socket can not be opened');
    ended();
  }
  loadDrivers(dependencies, buttonDrivers);
  look();
}
