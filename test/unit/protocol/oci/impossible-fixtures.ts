import { refuseImpossible } from '../../../../protocol/oci/impossible.ts';
import { parseRuntimeSpec } from '../../../../protocol/oci/runtime-spec-schema.ts';
import { changed } from './spec-fixtures.ts';

export type Values = Readonly<Record<string, unknown>>;

/** What is said of `runc spec` with other values at the given paths: warnings, or an error. */
export function check(values: Values): string[] {
  return refuseImpossible(parseRuntimeSpec(changed(values), 'config.json'), 'config.json');
}

export const namespaces = (...types: (string | object)[]) =>
  types.map((type) => (typeof type === 'string' ? { type } : type));
export const everybody = [{ containerID: 0, hostID: 100_000, size: 1000 }];
/** A filter whose last rule has the action. */
export const filter = (action: string) => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    { names: ['read'], action: 'SCMP_ACT_LOG' },
    { names: ['mknod'], action },
  ],
});
