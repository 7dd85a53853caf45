import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_RDONLY,
} from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { readHandshake, runChild, shell, waitForEnd } from './support/child.ts';
import { native } from './support/native.ts';

const SIGKILL = 9;

describe('setNamespace()', () => {
  const kinds: [name: string, flag: number][] = [
    ['net', CLONE_NEWNET],
    ['ipc', CLONE_NEWIPC],
    ['uts', CLONE_NEWUTS],
    ['time', CLONE_NEWTIME],
    ['user', CLONE_NEWUSER],
  ];
  for (const [name, flag] of kinds) {
    it(`enters a ${name} namespace by its path`, async () => {
      const sleeping = new Plan().execute(['/bin/sleep'], ['sleep', '1000'], []);
      const holder = native.spawn(sleeping.bytes(), { namespaces: flag, cgroupFd: -1 });
      assert.equal((await readHandshake(holder)).state, 'executed');
      const path = `/proc/${holder.pid}/ns/${name}`;
      const { output, failure } = await runChild((plan) => {
        plan.openPath(0, path, O_RDONLY).setNamespace(0, flag);
        shell(plan, `readlink /proc/self/ns/${name}`);
      });
      assert.equal(failure, undefined);
      assert.equal(output, `${readlinkSync(path)}\n`);
      assert.notEqual(output, `${readlinkSync(`/proc/self/ns/${name}`)}\n`);
      native.signalPidfd(holder.pidfd, SIGKILL);
      await waitForEnd(holder);
    });
  }

  it('refuses a namespace of another kind', async () => {
    const { failure } = await runChild((plan) =>
      plan.openPath(0, '/proc/self/ns/net', O_RDONLY).setNamespace(0, CLONE_NEWTIME),
    );
    assert.deepEqual(
      [failure?.syscall, failure?.arguments, failure?.code],
      ['setns', ['slot 0', 'CLONE_NEWTIME'], 'EINVAL'],
    );
  });

  it('enters a new time namespace after its offsets were set', async () => {
    const boottimeOffsetS = 10_000_000;
    const { output, failure } = await runChild((plan) => {
      plan.unshare(CLONE_NEWTIME);
      plan.writeFile('/proc/self/timens_offsets', `boottime ${boottimeOffsetS} 0\n`);
      plan.openPath(0, '/proc/self/ns/time_for_children', O_RDONLY).setNamespace(0, CLONE_NEWTIME);
      shell(plan, 'cut -d. -f1 /proc/uptime');
    });
    assert.equal(failure, undefined);
    assert.ok(Number(output) >= boottimeOffsetS, output);
  });
});
