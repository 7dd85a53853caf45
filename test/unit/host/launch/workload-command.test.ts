import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { workloadCommand } from '../../../../host/launch/workload-command.ts';

const image = { config: { Entrypoint: ['/entry', '-x'], Cmd: ['serve'] } };

describe('workloadCommand()', () => {
  for (const [name, options, expected] of [
    ["the image's word", { entrypoint: undefined, command: [] }, ['/entry', '-x', 'serve']],
    ['a command in place of Cmd', { entrypoint: undefined, command: ['a', 'b'] }, ['/entry', '-x', 'a', 'b']],
    ['an entrypoint without the Cmd', { entrypoint: '/bin/sh', command: [] }, ['/bin/sh']],
    ['an entrypoint with a command', { entrypoint: '/bin/sh', command: ['-c', 'x'] }, ['/bin/sh', '-c', 'x']],
    ['no entrypoint at all', { entrypoint: '', command: ['ls'] }, ['ls']],
  ] as const) {
    it(`shows ${name}`, () => assert.deepEqual(workloadCommand(options, image), expected));
  }

  it('takes an image without a config', () => {
    assert.deepEqual(workloadCommand({ entrypoint: undefined, command: [] }, {}), []);
  });
});
