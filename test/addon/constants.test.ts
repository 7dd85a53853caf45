import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as constants from '../../addon/constants.ts';
import { errnoValues } from '../../addon/plan/errno-names.ts';

/** Headers that define the names, in an order in which they agree with each other. */
const headers = [
  'errno.h',
  'fcntl.h',
  'sched.h',
  'sys/personality.h',
  'sys/resource.h',
  'linux/capability.h',
  'linux/ethtool.h',
  'linux/ioprio.h',
  'linux/mount.h',
  'linux/netlink.h',
  'linux/sched.h',
  'linux/seccomp.h',
  'linux/securebits.h',
];

const tables: Record<string, Readonly<Record<string, number>>> = {
  mountFlags: constants.mountFlags,
  openTreeFlags: constants.openTreeFlags,
  namespaceFlags: constants.namespaceFlags,
  openFlags: constants.openFlags,
  resourceLimits: constants.resourceLimits,
  securebits: constants.securebits,
  mountAttributes: constants.mountAttributes,
  seccompFilterFlags: constants.seccompFilterFlags,
  personalities: constants.personalities,
  schedulerPolicies: constants.schedulerPolicies,
  schedulerFlags: constants.schedulerFlags,
  ioPriorityClasses: constants.ioPriorityClasses,
  ethtoolCommands: constants.ethtoolCommands,
  capabilities: constants.capabilities,
  errnoValues,
  single: {
    NETLINK_ROUTE: constants.NETLINK_ROUTE,
    O_RDONLY: constants.O_RDONLY,
    IOPRIO_CLASS_SHIFT: constants.IOPRIO_CLASS_SHIFT,
    CAP_LAST_CAP: constants.CAP_LAST_CAP,
  },
};

describe('the constants', () => {
  for (const [name, table] of Object.entries(tables)) {
    it(`${name} has the values of the kernel's headers`, () => {
      const lines = Object.entries(table).map(
        ([constant, value]) => `_Static_assert(${constant} == ${value}u, "");`,
      );
      // Mount flags of umount2 come from sys/mount.h, which doesn't go together with linux/mount.h.
      const includes = headers.map((header) => `#include <${header}>`);
      const source = ['#define _GNU_SOURCE 1', ...includes, ...lines].join('\n');
      // Some versions of linux/ioprio.h are no C++.
      const flags = ['-std=c17', '-fsyntax-only', '-Wno-sign-compare', '-x', 'c', '-'];
      execFileSync('gcc', flags, { input: source, stdio: ['pipe', 'inherit', 'pipe'] });
    });
  }

  it('unmountFlags has the values of the C library', () => {
    const lines = Object.entries(constants.unmountFlags).map(
      ([constant, value]) => `static_assert(${constant} == ${value});`,
    );
    const source = ['#include <sys/mount.h>', ...lines].join('\n');
    execFileSync('g++', ['-std=c++23', '-fsyntax-only', '-x', 'c++', '-'], { input: source });
  });

  it('knows every capability of this kernel', () => {
    const last = Number(execFileSync('cat', ['/proc/sys/kernel/cap_last_cap'], { encoding: 'utf8' }));
    assert.ok(last <= constants.CAP_LAST_CAP, `the kernel's last capability is ${last}`);
  });
});
