export * from './answers.ts';
export * from './events.ts';
export { TerminalSize } from './fields.ts';
export * from './hello.ts';
export * from './metrics.ts';
export * from './process-params.ts';
export * from './replies.ts';
export * from './requests.ts';

/** Versions of the conversation that this build speaks. */
export const protocolVersions = { min: 1, max: 1 } as const;

/** What this build offers beyond the bare version; a host asks for it only when the welcome names it. */
export const guestFeatures = [
  'resume',
  'exec',
  'containers',
  'metrics',
  'files',
  'clock',
  'entropy',
  'freeze',
  'shutdown',
] as const;
