import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMounts, readPorts } from '../../../../host/cli/mount-words.ts';
import { GivenOptions, parseWords } from '../../../../host/cli/option-parser.ts';
import { runSpecs } from '../../../../host/cli/option-specs.ts';

const given = (...words: string[]): GivenOptions =>
  new GivenOptions(parseWords(words, runSpecs, { stopAtOperand: true }).given);
const settings = { network: { mode: 'user', addresses: [], dns: [] }, xen: undefined } as const;
const none = { network: { mode: 'none', addresses: [], dns: [] }, xen: undefined } as const;

describe('readMounts()', () => {
  it('takes all three kinds of words', () => {
    const options = given(
      '-v',
      './a:/a',
      '--mount',
      'type=tmpfs,dst=/b',
      '--tmpfs',
      '/c',
      '--volume=/d:/d:ro',
    );
    assert.deepEqual(
      readMounts(options, '/home').map(({ type, destination }) => [type, destination]),
      [
        ['bind', '/a'],
        ['bind', '/d'],
        ['tmpfs', '/b'],
        ['tmpfs', '/c'],
      ],
    );
  });

  it('refuses two of different words at one place', () => {
    assert.throws(() => readMounts(given('-v', '/a:/a', '--tmpfs', '/a'), '/'), {
      code: 'usage',
      message: 'Cannot mount two things at "/a"',
    });
  });
});

describe('readPorts()', () => {
  it('joins ranges and single ports', () => {
    const ports = readPorts(given('-p', '8000-8001:80-81', '--publish', '53/udp'), settings);
    assert.deepEqual(
      ports.map(({ hostPort, guestPort, protocol }) => `${hostPort}:${guestPort}/${protocol}`),
      ['8000:80/tcp', '8001:81/tcp', '0:53/udp'],
    );
  });

  it('needs a network', () => {
    assert.deepEqual(readPorts(given(), none), []);
    assert.throws(() => readPorts(given('-p', '80'), none), {
      code: 'usage',
      message: 'Cannot use --publish with --network none',
    });
  });
});
