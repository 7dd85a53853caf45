import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { buildXenConsole } from '../../addon/xen-console/build.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const program = join(scratch, 'xen-console');
const probe = join(scratch, 'probe');
const inputBytes = 1024;
const outputBytes = 2048;
/** Where a counter wraps. */
const last = 2 ** 32 - 1;

before(async () => {
  await buildXenConsole(program);
  const source = join(import.meta.dirname, 'support/xen_console_probe.cc');
  const flags = [
    '-std=c++23',
    '-g',
    '-Wall',
    '-Wextra',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover',
  ];
  execFileSync('g++', [...flags, source, '-o', probe]);
});

/** The probe's answers to commands. */
function play(commands: string[]): string[] {
  const output = execFileSync(probe, { input: `${commands.join('\n')}\n`, encoding: 'utf8' });
  return output.trimEnd().split('\n');
}

describe('the ring of a console', () => {
  it('hands on what the guest prints, in pieces and over the end of the ring', () => {
    const text = 'x'.repeat(outputBytes);
    assert.deepEqual(
      play([
        'start 0 2040',
        'guest-prints 0123456789abcdef',
        'take 4',
        'take 100',
        'take 100',
        `guest-prints ${text}`,
      ]),
      ['started', 'printed', 'took 0123', 'took 456789abcdef', 'took ', 'printed'],
    );
    assert.deepEqual(play([`guest-prints ${text}`, 'take 4096']), ['printed', `took ${text}`]);
  });

  it('goes on where an earlier backend has stopped, also where a counter wraps', () => {
    assert.deepEqual(
      play([
        `start ${last} ${last}`,
        'guest-prints abc',
        'take 9',
        'give xyz',
        'room',
        'guest-reads',
        'room',
      ]),
      ['started', 'printed', 'took abc', 'gave', String(inputBytes - 3), 'xyz', String(inputBytes)],
    );
  });

  it('has no room for input that the guest has not read', () => {
    const text = 'y'.repeat(inputBytes);
    assert.deepEqual(play(['room', `give ${text}`, 'room', 'guest-reads', 'room']), [
      '1024',
      'gave',
      '0',
      text,
      '1024',
    ]);
  });

  it('believes no counter that is further ahead or behind than the ring is long', () => {
    for (const counter of [outputBytes + 1, 2 ** 31, last]) {
      assert.deepEqual(play([`guest-counters 0 ${counter}`, 'take 4096']), ['set', 'broken']);
    }
    for (const counter of [1, 2 ** 31, last - inputBytes]) {
      assert.deepEqual(play([`guest-counters ${counter} 0`, 'room']), ['set', 'broken']);
    }
  });

  it('keeps its own counters, whatever the guest writes over them', () => {
    assert.deepEqual(
      play(['guest-prints abcdef', 'take 3', 'guest-overwrites 77777 99999', 'take 9', 'give hi', 'room']),
      ['printed', 'took abc', 'set', 'took def', 'gave', String(inputBytes - 2)],
    );
  });
});

describe('the messages to xenstore', () => {
  it('have a header, a path with its NUL, and a value without one', () => {
    assert.deepEqual(play(['request 11 7 a/b 12']), [
      ['0b000000', '07000000', '00000000', '06000000', '612f6200', '3132'].join(''),
    ]);
  });

  it('are refused when they are too long', () => {
    assert.deepEqual(play([`request 11 1 a ${'v'.repeat(4095)}`]), ['too long']);
    assert.match(play([`request 11 1 a ${'v'.repeat(4094)}`])[0] ?? '', /^0b000000010000000000000000100000/);
  });

  it('are answered with numbers, or with what is none', () => {
    const words = ['0', '4294967295', '4294967296', '99999999999', '-1', '1x', '0x1'];
    assert.deepEqual(play(words.map((word) => `number ${word}`)), [
      '0',
      '4294967295',
      ...Array<string>(5).fill('none'),
    ]);
  });
});

describe('the console backend', () => {
  it('is small, static and the same every time', async () => {
    const again = join(scratch, 'again');
    await buildXenConsole(again);
    const bytes = readFileSync(program);
    assert.deepEqual(readFileSync(again), bytes);
    assert.ok(statSync(program).size < 40_000);
    assert.equal(bytes.includes('/lib64/ld-linux'), false);
  });

  it('refuses words that name no console', () => {
    for (const words of [
      [],
      ['1'],
      ['1', '1', '1'],
      ['0', '1'],
      ['32752', '1'],
      ['1', '0'],
      ['1', '10'],
      ['x', '1'],
    ]) {
      const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
      assert.equal(status, 2);
      assert.match(stderr, /^firstborn-xen-console: expected DOMAIN INDEX, .*\n$/);
    }
  });

  it('says what it can not open where there is no Xen', () => {
    const { status, stderr } = spawnSync(program, ['1', '1'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.equal(stderr, 'firstborn-xen-console: cannot open "/dev/xen/xenbus": ENOENT\n');
  });
});
