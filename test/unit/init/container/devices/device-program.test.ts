import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { defaultDeviceRules } from '../../../../../init/container/devices/default-rules.ts';
import { deviceProgram, maxDeviceRules } from '../../../../../init/container/devices/device-program.ts';
import type { SpecDeviceRule } from '../../../../../protocol/oci/runtime-spec.ts';
import {
  checkControlFlow,
  type DeviceRequest,
  decodeInstructions,
  runDeviceProgram,
} from '../../../../support/ebpf-interpreter.ts';

const bits = { m: 1, r: 2, w: 4 } as const;
const allBits = Object.entries(bits) as [keyof typeof bits, number][];

/** `c 1:3 rw` as a request. */
function request(text: string): DeviceRequest {
  const [type, numbers = '', letters = ''] = text.split(' ');
  const [major = 0, minor = 0] = numbers.split(':').map(Number);
  const access = allBits.reduce((mask, [letter, bit]) => (letters.includes(letter) ? mask | bit : mask), 0);
  return { type: type === 'b' ? 1 : 2, access, major, minor };
}

const isAllowed = (rules: SpecDeviceRule[], text: string): boolean =>
  runDeviceProgram(deviceProgram(rules), request(text)) === 1;

const full = { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' } as const;

const table: [name: string, rules: SpecDeviceRule[], allowed: string[], denied: string[]][] = [
  ['denies everything without rules', [], [], ['c 1:3 r', 'b 8:0 m']],
  ['allows everything after a bare allow', [{ allow: true }], ['c 1:3 rwm', 'b 8:0 rw'], []],
  [
    'takes a rule to its own device alone',
    [full],
    ['c 1:3 rwm', 'c 1:3 w'],
    ['c 1:5 r', 'c 2:3 r', 'b 1:3 r'],
  ],
  ['takes -1 for every number', [{ ...full, minor: -1 }], ['c 1:0 r', 'c 1:99 r'], ['c 2:0 r']],
  ['takes an absent number for every number', [{ allow: true, type: 'b' }], ['b 8:1 rwm'], ['c 8:1 r']],
  [
    'denies a request for more than is allowed',
    [{ ...full, access: 'rw' }],
    ['c 1:3 rw', 'c 1:3 w'],
    ['c 1:3 rwm', 'c 1:3 m'],
  ],
  [
    'adds up what several rules allow',
    [
      { ...full, access: 'r' },
      { ...full, access: 'w' },
    ],
    ['c 1:3 rw'],
    ['c 1:3 rm'],
  ],
  [
    'denies a request of which a part is denied',
    [full, { ...full, allow: false, access: 'w' }],
    ['c 1:3 rm'],
    ['c 1:3 rw', 'c 1:3 w'],
  ],
  [
    'lets the last rule win',
    [full, { ...full, allow: false }, { ...full, access: 'r' }],
    ['c 1:3 r'],
    ['c 1:3 w'],
  ],
  [
    'takes a part out of what a wildcard allows',
    [
      { allow: true, type: 'c', access: 'rwm' },
      { ...full, allow: false },
    ],
    ['c 1:5 rwm'],
    ['c 1:3 r'],
  ],
  ['forgets rules before one for everything', [full, { allow: false, access: 'rwm' }], [], ['c 1:3 r']],
  [
    'keeps rules before one for all devices and some accesses',
    [full, { allow: false, access: 'w' }],
    ['c 1:3 rm'],
    ['c 1:3 w'],
  ],
  [
    'heeds the numbers of a rule of type a',
    [{ allow: true, type: 'a', major: 8, minor: 0 }],
    ['c 8:0 r', 'b 8:0 r'],
    ['b 8:1 r'],
  ],
  [
    'allows the largest numbers',
    [{ allow: true, type: 'b', major: 4095, minor: 1_048_575 }],
    ['b 4095:1048575 r'],
    ['b 4095:1048574 r'],
  ],
  [
    'allows the default devices',
    [{ allow: false, access: 'rwm' }, ...defaultDeviceRules()],
    ['c 1:3 rwm', 'c 5:0 rw', 'c 136:7 rw', 'c 10:200 rw', 'b 8:0 m', 'c 4:64 m'],
    ['b 8:0 r', 'c 1:1 r', 'c 5:1 rw', 'c 10:229 rw', 'c 4:64 rm'],
  ],
];
for (const [name, rules, allowed, denied] of table) {
  test(`deviceProgram() ${name}`, () => {
    for (const text of allowed) assert.equal(isAllowed(rules, text), true, text);
    for (const text of denied) assert.equal(isAllowed(rules, text), false, text);
  });
}

test('deviceProgram() writes struct bpf_insn', () => {
  assert.equal(
    Buffer.from(deviceProgram([{ allow: true, type: 'c', major: 1, minor: 3, access: 'r' }])).toString('hex'),
    [
      '6113000000000000', // r3 = access_type
      '7703000010000000', // r3 >>= 16
      '6112000000000000', // r2 = access_type
      '54020000ffff0000', // r2 &= 0xffff
      '5502080002000000', // if r2 != char, to the end
      '6112040000000000', // r2 = major
      '5502060001000000',
      '6112080000000000', // r2 = minor
      '5502040003000000',
      '5403000005000000', // r3 &= w and m
      '5503020000000000', // if something is left, to the end
      'b700000001000000',
      '9500000000000000',
      'b700000000000000',
      '9500000000000000',
    ].join(''),
  );
});

test('deviceProgram() leaves out rules that a later one for everything overrules', () => {
  const many = Array.from({ length: 100 }, () => full);
  assert.deepEqual(
    deviceProgram([...many, { allow: true, type: 'a', major: -1, minor: -1 }]),
    deviceProgram([{ allow: true }]),
  );
  assert.equal(decodeInstructions(deviceProgram([...many, { allow: false }])).length, 4);
});

test('deviceProgram() decides alike with as many rules as it takes', () => {
  const rules = Array.from({ length: maxDeviceRules }, (_, minor) => ({ ...full, minor }));
  const program = deviceProgram(rules);
  checkControlFlow(program);
  assert.equal(runDeviceProgram(program, request('c 1:0 rwm')), 1);
  assert.equal(runDeviceProgram(program, request(`c 1:${maxDeviceRules - 1} r`)), 1);
  assert.equal(runDeviceProgram(program, request(`c 1:${maxDeviceRules} r`)), 0);
});

const letters = fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm', undefined);
const ruleOf: fc.Arbitrary<SpecDeviceRule> = fc.record({
  allow: fc.boolean(),
  type: fc.constantFrom('a', 'b', 'c', undefined),
  major: fc.constantFrom(-1, 0, 1, 2, undefined),
  minor: fc.constantFrom(-1, 0, 1, 2, undefined),
  access: letters,
});
const requestOf: fc.Arbitrary<DeviceRequest> = fc.record({
  type: fc.constantFrom(1, 2),
  access: fc.integer({ min: 1, max: 7 }),
  major: fc.nat(3),
  minor: fc.nat(3),
});

const fits = (wanted: number | undefined, value: number): boolean =>
  (wanted ?? -1) === -1 || wanted === value;

/** The rules as the specification says them, each access for itself: the last rule that speaks of it decides. */
function evaluate(rules: readonly SpecDeviceRule[], asked: DeviceRequest): boolean {
  return allBits
    .filter(([, bit]) => (asked.access & bit) !== 0)
    .every(([letter]) => {
      const deciding = rules.findLast(
        ({ type = 'a', major, minor, access = 'rwm' }) =>
          (type === 'a' || type === (asked.type === 1 ? 'b' : 'c')) &&
          fits(major, asked.major) &&
          fits(minor, asked.minor) &&
          access.includes(letter),
      );
      return deciding?.allow ?? false;
    });
}

test('deviceProgram() decides as its rules do, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.array(ruleOf, { maxLength: 12 }),
      fc.array(requestOf, { minLength: 8, maxLength: 8 }),
      (rules, requests) => {
        const program = deviceProgram(rules);
        checkControlFlow(program);
        for (const asked of requests) {
          assert.equal(
            runDeviceProgram(program, asked),
            evaluate(rules, asked) ? 1 : 0,
            JSON.stringify(asked),
          );
        }
      },
    ),
    { seed: 1, numRuns: 1000 },
  );
});

const refusals: [rules: SpecDeviceRule[], message: string][] = [
  [[{ allow: true, access: 'rx' }], 'linux.resources.devices[0].access: expected letters of "rwm", got "rx"'],
  [[{ allow: true, access: '' }], 'linux.resources.devices[0].access: expected letters of "rwm", got none'],
  [
    [full, { ...full, major: 4096 }],
    'linux.resources.devices[1].major: expected a whole number from 0 to 4095, got 4096',
  ],
  [
    [{ ...full, minor: -2 }],
    'linux.resources.devices[0].minor: expected a whole number from 0 to 1048575, got -2',
  ],
  [
    [{ ...full, minor: 0.5 }],
    'linux.resources.devices[0].minor: expected a whole number from 0 to 1048575, got 0.5',
  ],
  [
    Array.from({ length: 1025 }, () => full),
    'linux.resources.devices: expected at most 1024 rules, got 1025',
  ],
];
for (const [rules, message] of refusals) {
  test(`deviceProgram() refuses ${message}`, () => {
    assert.throws(() => deviceProgram(rules), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot run the configuration: ${message}`,
    });
  });
}
