import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExecOptions, execSpecs, readExecOptions } from '../../../../host/cli/exec-options.ts';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';

const size = { rows: 10, columns: 20 };

async function read(line: string): Promise<ExecOptions> {
  const words = readCommandWords(line === '' ? [] : line.split(' '), execSpecs, { stopAtOperand: true });
  return await readExecOptions(words, { HOME: '/root' }, size);
}

describe('readExecOptions()', () => {
  it('asks for a process with neither input nor terminal', async () => {
    assert.deepEqual(await read('web ls -l'), {
      machine: 'web',
      detachKeys: Buffer.from([0x10, 0x11]),
      request: { args: ['ls', '-l'], env: {}, stdin: false, detach: false, killOnDisconnect: false },
    });
  });

  it('reads every option, and leaves those behind NAME alone', async () => {
    const { request } = await read('-it -e A=b --env HOME -w /srv -u 1:2 --kill-on-disconnect web sh -e x');
    assert.deepEqual(request, {
      args: ['sh', '-e', 'x'],
      env: { A: 'b', HOME: '/root' },
      cwd: '/srv',
      user: '1:2',
      terminal: size,
      stdin: true,
      detach: false,
      killOnDisconnect: true,
    });
  });

  it('has neither input nor terminal with -d', async () => {
    const { request } = await read('-dit web sleep');
    assert.deepEqual([request.stdin, request.terminal, request.detach], [false, undefined, true]);
  });

  for (const [line, message] of [
    ['', 'Cannot exec without a NAME'],
    ['web', 'Cannot exec without a COMMAND'],
    ['-d --kill-on-disconnect web ls', 'Cannot use --kill-on-disconnect with -d'],
    ['-w srv web ls', 'Cannot take "srv" for --workdir: expected an absolute path'],
  ] as const) {
    it(`refuses "${line}"`, () => assert.rejects(read(line), { code: 'usage', message }));
  }
});
