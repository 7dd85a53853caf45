import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import {
  listenForPowerButtons,
  listenForPowerSignals,
  type PowerEvent,
} from '../../../../init/machine/power-events.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { addKernelFiles, makeKernelTree } from './kernel-tree.ts';

function listen(context: TestContext, native = new FakeNative()) {
  const { log, lines } = makeRecordingLog();
  const events: PowerEvent[] = [];
  context.after(() => {
    native.dispose();
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGPWR');
  });
  const modules = { loadByName: () => {} };
  const onEvent = (event: PowerEvent): void => void events.push(event);
  listenForPowerSignals({ native, log }, onEvent);
  listenForPowerButtons({ native, log, modules, sysRoot: '/nowhere', inputDirectory: '/nowhere' }, onEvent);
  return { native, lines, events };
}

test('Ctrl-Alt-Del comes as SIGINT and asks for a reboot', (context) => {
  const { native, events } = listen(context);
  assert.equal(native.controlAltDeleteDisabled, 1);
  process.emit('SIGINT');
  assert.deepEqual(events, [{ reason: 'control-alt-delete', how: 'reboot' }]);
});

test("the kernel's orderly power-off comes as SIGPWR", (context) => {
  const { native, events } = listen(context);
  const command = '/bin/node -e process.kill(1,"SIGPWR")';
  const plan = new Plan()
    .writeFile('/proc/sys/kernel/poweroff_cmd', command, {}, { orWarn: true })
    .makeDirectories('/sbin', 0o755, { orWarn: true })
    .writeFile(
      '/sbin/reboot',
      '#!/bin/node\nprocess.kill(1, "SIGINT");\n',
      { mode: 0o755, create: true, truncate: true },
      { orWarn: true },
    );
  assert.deepEqual(native.plans[0], plan.bytes());
  assert.ok(command.length < 256, 'the kernel keeps no more');
  process.emit('SIGPWR');
  assert.deepEqual(events, [{ reason: 'power', how: 'poweroff' }]);
});

test('a machine without uevents and without CAD still hears the rest', (context) => {
  const native = new FakeNative();
  for (const name of ['openUeventSocket', 'disableControlAltDelete'] as const) {
    context.mock.method(native, name, () => {
      throw new Error('EPERM');
    });
  }
  const { lines, events } = listen(context, native);
  assert.ok(lines.filter((line) => line['level'] === 40).length >= 2);
  process.emit('SIGPWR');
  assert.equal(events.length, 1);
});

test('every event is told, with its line in the log', (context) => {
  const { lines, events } = listen(context);
  process.emit('SIGINT');
  process.emit('SIGINT');
  assert.equal(events.length, 2);
  assert.equal(lines.filter((line) => line['reason'] === 'control-alt-delete').length, 2);
});

test('drivers are loaded for buttons that are there, and for input devices when they come', (context) => {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { log } = makeRecordingLog();
  const sysRoot = makeKernelTree(context, {
    'bus/acpi/devices/LNXPWRBN:00/modalias': 'acpi:LNXPWRBN:\n',
    'bus/acpi/devices/PNP0C02:00/modalias': 'acpi:PNP0C02:\n',
  });
  const loaded: string[] = [];
  const modules = { loadByName: (...names: string[]) => void loaded.push(...names) };
  listenForPowerButtons({ native, log, modules, sysRoot, inputDirectory: '/nowhere' }, () => {});
  assert.deepEqual(loaded, ['button']);
  addKernelFiles(sysRoot, { 'class/input/input0/name': 'Power Button\n' });
  native.ueventSockets[0]?.send('add@/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0', 'SUBSYSTEM=input');
  native.settle();
  assert.deepEqual(loaded, ['button', 'evdev']);
});
