/** The oracle of the differential test against itself: equal where nothing differs, and different where something does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { differentialCases } from '../support/differential/configs.ts';
import { type Change, change, type DifferentialCase } from '../support/differential/differential-case.ts';
import { compareFacts, type Facts } from '../support/differential/facts.ts';
import { oracleDirectory } from '../support/differential/oracle-directory.ts';
import { RuncRunner } from '../support/differential/runc-runner.ts';
import { DifferentialSession, outcomeKey } from '../support/differential/session.ts';

const directories = [oracleDirectory(), oracleDirectory()];
const sessions: DifferentialSession[] = [];
before(async () => {
  for (const { path, prefix } of directories) {
    sessions.push(await DifferentialSession.open(new RuncRunner(path), prefix));
  }
});
after(() => {
  for (const directory of directories) directory.remove();
});

async function observe(index: number, item: DifferentialCase): Promise<Facts> {
  const session = sessions[index];
  assert.ok(session !== undefined, 'the session was opened');
  return await session.run(item, { substitutes: true });
}

/** A spread over all of them; the whole is the differential test's. */
const sample = differentialCases.filter((_, index) => index % 12 === 0);

describe('two runs of runc', () => {
  for (const item of sample) {
    it(`see the same: ${item.name}`, async () => {
      const [one, other] = await Promise.all([observe(0, item), observe(1, item)]);
      assert.deepEqual(compareFacts(one, other), []);
    });
  }
});

/** A change of a configuration, and a fact in which it has to be seen. */
const mutations: readonly [fact: string, Change][] = [
  ['argv', (spec) => spec.process.args.push('more')],
  ['env', (spec) => spec.process.env.push('MORE=more')],
  ['cwd', (spec) => (spec.process.cwd = '/work')],
  ['uids', (spec) => (spec.process.user.uid = 1)],
  ['groups', (spec) => (spec.process.user.additionalGids = [7])],
  ['umask', (spec) => (spec.process.user.umask = 0)],
  ['hostname', (spec) => (spec.hostname = 'other')],
  ['noNewPrivileges', (spec) => (spec.process.noNewPrivileges = false)],
  ['capabilities.bounding', (spec) => (spec.process.capabilities.bounding = ['CAP_CHOWN'])],
  ['rlimits.RLIMIT_NOFILE', (spec) => (spec.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 5, hard: 9 }])],
  ['oomScoreAdj', (spec) => (spec.process.oomScoreAdj = 9)],
  [
    'namespaces.ipc',
    (spec) => (spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'ipc')),
  ],
  ['mounts./', (spec) => (spec.root.readonly = true)],
  ['mounts./tmp', (spec) => spec.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' })],
  ['mounts./proc/sys', (spec) => (spec.linux.readonlyPaths = [])],
  ['answers.masked=/sys/firmware', (spec) => (spec.linux.maskedPaths = [])],
  [
    'devices./dev/extra',
    (spec) => (spec.linux.devices = [{ path: '/dev/extra', type: 'c', major: 1, minor: 3 }]),
  ],
  ['seccompMode', (spec) => (spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW' })],
  ['descriptors.0', (spec) => (spec.process.terminal = true)],
  [outcomeKey, (spec) => (spec.process.args = ['/missing'])],
];

describe('a change of the configuration is seen', () => {
  for (const [fact, mutate] of mutations) {
    it(`in ${fact}`, async () => {
      const plain = change('plain', () => {});
      const mutated = change('mutated', mutate);
      const [one, other] = await Promise.all([observe(0, plain), observe(1, mutated)]);
      const keys = compareFacts(one, other).map(({ key }) => key);
      assert.ok(keys.includes(fact), `these differ: ${keys.join(', ')}`);
    });
  }
});
