import type { NamespaceType } from '../../../../protocol/oci/runtime-spec.ts';
import { dropNamespaces } from '../base-spec.ts';
import { asking, beyondRunc, change, type DifferentialCase } from '../differential-case.ts';

const separate: NamespaceType[] = ['pid', 'network', 'ipc', 'cgroup'];

const namespaces: DifferentialCase[] = [
  ...separate.map((type) => change(`the ${type} namespace is shared`, (spec) => dropNamespaces(spec, type))),
  change('the uts namespace is shared', (spec) => {
    dropNamespaces(spec, 'uts');
    delete spec.hostname;
    spec.process.args = spec.process.args.filter((word) => word !== 'try=hostname:probe');
  }),
  change('only mounts are separate', (spec) => {
    spec.linux.namespaces = [{ type: 'mount' }];
    delete spec.hostname;
  }),
  change('a network namespace by path', (spec) => {
    dropNamespaces(spec, 'network');
    spec.linux.namespaces.push({ type: 'network', path: '/proc/self/ns/net' });
  }),
  change('a pid namespace by path', (spec) => {
    dropNamespaces(spec, 'pid');
    spec.linux.namespaces.push({ type: 'pid', path: '/proc/self/ns/pid' });
  }),
  change('an ipc namespace by path', (spec) => {
    dropNamespaces(spec, 'ipc');
    spec.linux.namespaces.push({ type: 'ipc', path: '/proc/self/ns/ipc' });
  }),
  change('a namespace by a path that is missing', (spec) => {
    dropNamespaces(spec, 'ipc');
    spec.linux.namespaces.push({ type: 'ipc', path: '/missing/ns/ipc' });
  }),
];

const time: DifferentialCase[] = [
  beyondRunc(
    'a time namespace',
    'runc 1.1 does not know it',
    (spec) => {
      spec.linux.namespaces.push({ type: 'time' });
      spec.linux.timeOffsets = { monotonic: { secs: 1000, nanosecs: 500 }, boottime: { secs: 2000 } };
    },
    { 'namespaces.time': 'own', timeOffsets: 'monotonic 1000 500 boottime 2000 0' },
  ),
];

const names: DifferentialCase[] = [
  change('a host name with a domain', (spec) => {
    spec.hostname = 'machine.example.org';
  }),
  change('a host name of 64 characters', (spec) => {
    spec.hostname = 'h'.repeat(64);
  }),
  change('a host name of 65 characters', (spec) => {
    spec.hostname = 'h'.repeat(65);
  }),
  beyondRunc(
    'a domain name',
    'runc 1.1 does not know it',
    (spec) => {
      spec.domainname = 'example.org';
    },
    { domainname: '"example.org"' },
  ),
];

const sysctls: DifferentialCase[] = [
  asking('a sysctl of the network', ['read=/proc/sys/net/ipv4/ip_forward'], (spec) => {
    spec.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
  }),
  asking('sysctls of ipc', ['read=/proc/sys/kernel/msgmax', 'read=/proc/sys/fs/mqueue/msg_max'], (spec) => {
    spec.linux.sysctl = { 'kernel.msgmax': '4096', 'fs.mqueue.msg_max': '20' };
  }),
  asking('a sysctl with several numbers', ['read=/proc/sys/net/ipv4/ip_local_port_range'], (spec) => {
    spec.linux.sysctl = { 'net.ipv4.ip_local_port_range': '20000 30000' };
  }),
  asking('a sysctl with slashes', ['read=/proc/sys/net/ipv4/conf/lo/forwarding'], (spec) => {
    spec.linux.sysctl = { 'net.ipv4.conf.lo.forwarding': '1' };
  }),
  change('a sysctl that is missing', (spec) => {
    spec.linux.sysctl = { 'net.ipv4.missing': '1' };
  }),
  change('a sysctl of the whole kernel', (spec) => {
    spec.linux.sysctl = { 'kernel.panic': '5' };
  }),
  change('a sysctl of ipc in a shared namespace', (spec) => {
    dropNamespaces(spec, 'ipc');
    spec.linux.sysctl = { 'kernel.msgmax': '4096' };
  }),
];

/** Namespaces, and what is set in them. */
export const nameCases = [...namespaces, ...time, ...names, ...sysctls];
