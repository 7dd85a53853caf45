import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { BpfWriter } from '../../../../../init/container/seccomp/bpf-writer.ts';
import { NumberLine, writeDecisionTree } from '../../../../../init/container/seccomp/decision-tree.ts';
import { checkProgram, runFilter } from '../../../../support/bpf-interpreter.ts';

const run = (program: Uint8Array, number: number): number =>
  runFilter(program, { architecture: 0, number, arguments: [] }).value;

describe('BpfWriter', () => {
  it('writes struct sock_filter, first instruction first', () => {
    const writer = new BpfWriter();
    const deny = writer.returnValue(0x5_0001);
    const allow = writer.returnValue(0x7fff_0000);
    const program = writer.finish(writer.load(4, writer.jump('equal', 0xc000_003e, allow, deny)));
    assert.equal(
      Buffer.from(program)
        .toString('hex')
        .replaceAll(/(.{4})(.{4})(.{8})/g, '$1 $2 $3\n'),
      [
        '2000 0000 04000000', // A = arch
        '1500 0001 3e0000c0', // A == AUDIT_ARCH_X86_64 ? next : 1 further
        '0600 0000 0000ff7f', // return ALLOW
        '0600 0000 01000500', // return ERRNO | EPERM
        '',
      ].join('\n'),
    );
  });

  it('ends a program with the same value only once', () => {
    const writer = new BpfWriter();
    assert.equal(writer.returnValue(7), writer.returnValue(7));
    assert.equal(writer.finish(writer.returnValue(7)).length, 8);
  });

  it('leaves out a jump that leads to one place', () => {
    const writer = new BpfWriter();
    const end = writer.returnValue(7);
    assert.equal(writer.jump('equal', 1, end, end), end);
  });

  it('reaches labels that are further away than a conditional jump can go', () => {
    const writer = new BpfWriter();
    const far = writer.load(0, writer.jump('equal', 1, writer.returnValue(1), writer.returnValue(2)));
    let next = writer.returnValue(3);
    for (let constant = 1000; constant > 0; constant -= 1) {
      next = writer.jump('equal', constant, constant % 2 === 0 ? writer.returnValue(4) : far, next);
    }
    const program = writer.finish(writer.load(0, next));
    checkProgram(program);
    assert.equal(run(program, 1), 1);
    for (const odd of [3, 251, 253, 255, 257, 999]) assert.equal(run(program, odd), 2, `${odd}`);
    for (const even of [2, 252, 254, 256, 258, 1000]) assert.equal(run(program, even), 4, `${even}`);
    for (const other of [0, 1001]) assert.equal(run(program, other), 3, `${other}`);
  });
});

describe('writeDecisionTree()', () => {
  it('finds the segment of every number', () => {
    const edge = fc.oneof(fc.nat(60), fc.constantFrom(2 ** 31, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 }));
    const anySegments = fc.array(fc.tuple(edge, fc.nat(3)), { maxLength: 60 });
    const property = fc.property(anySegments, (pairs) => {
      const starts = new Map<number, number>([[0, 9], ...pairs]);
      const sorted = [...starts].toSorted(([left], [right]) => left - right);
      const writer = new BpfWriter();
      const line = new NumberLine();
      for (const [start, value] of sorted) line.from(start, writer.returnValue(value));
      const program = writer.finish(writer.load(0, writeDecisionTree(writer, line)));
      checkProgram(program);
      for (const [start] of sorted) {
        for (const number of [start - 1, start, start + 1]) {
          if (number < 0 || number >= 2 ** 32) continue;
          const expected = sorted.findLast(([first]) => first <= number)?.[1];
          assert.equal(run(program, number), expected, `${number}`);
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('takes one comparison for each exception in a list of allowed numbers', () => {
    const writer = new BpfWriter();
    const allow = writer.returnValue(1);
    const deny = writer.returnValue(2);
    const line = new NumberLine().from(0, allow);
    for (const number of [10, 20, 30, 40]) line.from(number, deny).from(number + 1, allow);
    const program = writer.finish(writer.load(0, writeDecisionTree(writer, line)));
    assert.equal(program.length / 8, 2 + 1 + 4);
  });
});
