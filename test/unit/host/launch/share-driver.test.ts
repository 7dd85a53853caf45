import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { chooseShareDriver, type VirtiofsdChoice } from '../../../../host/launch/share-driver.ts';

const daemon: VirtiofsdChoice = {
  state: 'works',
  program: { path: '/v', dialect: 'rust', refusesWrites: true },
  sandbox: 'namespace',
};
const missing: VirtiofsdChoice = { state: 'missing', reason: 'there is no program "virtiofsd"' };
const kernel = (...modules: string[]): { release: string; modules: ReadonlySet<string> } => ({
  release: '6.1.0',
  modules: new Set(modules),
});
const answer = (choice: VirtiofsdChoice) => (): Promise<VirtiofsdChoice> => Promise.resolve(choice);

describe('chooseShareDriver()', () => {
  it('takes virtiofs where both sides have it', async () => {
    const expected = { driver: 'virtiofs', program: daemon.program, sandbox: 'namespace' };
    assert.deepEqual(
      await chooseShareDriver(kernel('virtiofs', '9p', '9pnet_virtio'), answer(daemon)),
      expected,
    );
    assert.deepEqual(
      await chooseShareDriver({ release: undefined, modules: undefined }, answer(daemon)),
      expected,
    );
  });

  it('falls back to 9p for the want of a daemon', async () => {
    assert.deepEqual(await chooseShareDriver(kernel('virtiofs', '9p', '9pnet_virtio'), answer(missing)), {
      driver: '9p',
    });
  });

  it('does not look for a daemon that the kernel could not use', async () => {
    const find = mock.fn(answer(daemon));
    assert.deepEqual(await chooseShareDriver(kernel('9p', '9pnet_virtio'), find), { driver: '9p' });
    assert.equal(find.mock.callCount(), 0);
  });

  it('says what is missing for each', async () => {
    assert.deepEqual(await chooseShareDriver(kernel('virtiofs', '9p'), answer(missing)), {
      driver: 'none',
      reason:
        'no virtiofs: there is no program "virtiofsd"; ' +
        'no 9p: the guest\'s kernel 6.1.0 does not have "9pnet_virtio"',
    });
    assert.deepEqual(await chooseShareDriver(kernel(), answer(daemon)), {
      driver: 'none',
      reason:
        'no virtiofs: the guest\'s kernel 6.1.0 does not have "virtiofs"; ' +
        'no 9p: the guest\'s kernel 6.1.0 does not have "9p" and "9pnet_virtio"',
    });
  });
});
