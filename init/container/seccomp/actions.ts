import type { SeccompAction } from '../../../protocol/oci/runtime-spec.ts';
import { refuse } from './refuse.ts';

/** What a filter returns: an action in the upper half, its data in the lower one. linux/seccomp.h. */
const SECCOMP_RET_KILL_PROCESS = 0x8000_0000;
export const SECCOMP_RET_KILL_THREAD = 0;
const SECCOMP_RET_TRAP = 0x0003_0000;
const SECCOMP_RET_ERRNO = 0x0005_0000;
const SECCOMP_RET_TRACE = 0x7ff0_0000;
const SECCOMP_RET_LOG = 0x7ffc_0000;
const SECCOMP_RET_ALLOW = 0x7fff_0000;
const actionMask = 0xffff_0000;

const EPERM = 1;
const ENOSYS = 38;
/** The kernel's own bound, MAX_ERRNO: above it, user space would see an address. */
const maxErrno = 4095;
const maxTraceMessage = 0xffff;

export const returnEnosys = SECCOMP_RET_ERRNO | ENOSYS;

/** Where a value stands in the profile, e.g. `.syscalls[3].action`. */
interface ActionPaths {
  action: string;
  errnoRet: string;
}

function withData(action: number, errnoRet: number | undefined, maximum: number, path: string): number {
  const data = errnoRet ?? EPERM;
  if (!Number.isInteger(data) || data < 0 || data > maximum)
    refuse(path, `expected 0 to ${maximum}, found ${data}`);
  return action | data;
}

function withoutData(action: number, errnoRet: number | undefined, path: string): number {
  if (errnoRet !== undefined) refuse(path, 'expected none: this action returns no number');
  return action;
}

/** The number that a filter returns for an action. `errnoRet` is what TRACE tells the tracer. Throws for a bad one. */
export function actionValue(action: SeccompAction, errnoRet: number | undefined, paths: ActionPaths): number {
  switch (action) {
    case 'SCMP_ACT_ERRNO':
      return withData(SECCOMP_RET_ERRNO, errnoRet, maxErrno, paths.errnoRet);
    case 'SCMP_ACT_TRACE':
      return withData(SECCOMP_RET_TRACE, errnoRet, maxTraceMessage, paths.errnoRet);
    case 'SCMP_ACT_ALLOW':
      return withoutData(SECCOMP_RET_ALLOW, errnoRet, paths.errnoRet);
    case 'SCMP_ACT_LOG':
      return withoutData(SECCOMP_RET_LOG, errnoRet, paths.errnoRet);
    case 'SCMP_ACT_TRAP':
      return withoutData(SECCOMP_RET_TRAP, errnoRet, paths.errnoRet);
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return withoutData(SECCOMP_RET_KILL_THREAD, errnoRet, paths.errnoRet);
    case 'SCMP_ACT_KILL_PROCESS':
      return withoutData(SECCOMP_RET_KILL_PROCESS, errnoRet, paths.errnoRet);
    case 'SCMP_ACT_NOTIFY':
      return refuse(paths.action, '"SCMP_ACT_NOTIFY" is not supported: nobody in the machine listens');
    default:
      action satisfies never;
      return refuse(paths.action, `expected an action, found "${String(action)}"`);
  }
}

/** Whether a call with this action happens after all, now or when a tracer agrees. */
export function isPermissive(value: number): boolean {
  const action = (value & actionMask) >>> 0;
  return action === SECCOMP_RET_ALLOW || action === SECCOMP_RET_LOG || action === SECCOMP_RET_TRACE;
}
