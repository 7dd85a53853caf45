/**
 * Runs as process 1 of a pid namespace: starts a shell that leaves two hundred orphans and prints what the
 * reaper made of them.
 */
import { readdirSync } from 'node:fs';
import pino from 'pino';
import { Plan } from '../../../addon/plan.ts';
import { pollUntil, withinDeadline } from '../../../init/boot/deadline.ts';
import { Reaper } from '../../../init/supervision/reaper.ts';
import { native } from './native.ts';

const orphans = 200;
const deadlineMs = 30_000;
const script = `i=0; while [ $i -lt ${orphans} ]; do (sh -c : &); i=$((i + 1)); done; exit 7`;

const countProcesses = (): number => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;

const reaper = new Reaper(native, pino({ level: 'silent' }));
const plan = new Plan().execute(['/bin/sh'], ['sh', '-c', script], ['PATH=/usr/bin:/bin']);
const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });
const exit = await withinDeadline(reaper.exitOf(child.pid), deadlineMs);
await pollUntil(() => reaper.orphans >= orphans || undefined, deadlineMs);
process.stdout.write(JSON.stringify({ exit, orphans: reaper.orphans, processesLeft: countProcesses() }));
