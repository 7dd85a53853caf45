import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import { sysctlPath, writeSysctls } from '../../../../init/container/sysctls.ts';
import { planLines } from '../../../support/plan-text.ts';

const paths: [name: string, path: string][] = [
  ['net.ipv4.ip_forward', '/proc/sys/net/ipv4/ip_forward'],
  ['net/ipv4/ip_forward', '/proc/sys/net/ipv4/ip_forward'],
  ['kernel.msgmax', '/proc/sys/kernel/msgmax'],
];
for (const [name, path] of paths) {
  test(`sysctlPath() knows ${name}`, () => {
    assert.equal(sysctlPath(name), path);
  });
}

test('writeSysctls() writes them in the order of the configuration, and a failure counts', () => {
  const plan = new Plan();
  writeSysctls(plan, { 'fs.mqueue.msg_max': '20', 'kernel.sem': '1 2 3 4' });
  assert.deepEqual(planLines(plan), [
    'writeFile /proc/sys/fs/mqueue/msg_max 0 0644 20',
    'writeFile /proc/sys/kernel/sem 0 0644 1 2 3 4',
  ]);
});
