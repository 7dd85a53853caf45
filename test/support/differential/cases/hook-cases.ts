import type { HookStage, SpecHook } from '../../../../protocol/oci/runtime-spec.ts';
import { asking, type DifferentialCase } from '../differential-case.ts';

/** What each runner replaces by its own paths, in hooks and in sources of binds. */
export const placeholders = {
  /** The container's root, as hooks outside it see it. */
  root: '@ROOT@',
  /** A directory that outlives containers and that hooks outside them can make and write. */
  shared: '@SHARED@',
};

/** A hook of the shell. `createContainer` hooks run before the root is entered, `startContainer` ones in it. */
function shell(stage: HookStage, script: string, more: Partial<SpecHook> = {}): SpecHook {
  const root = stage === 'startContainer' ? '' : placeholders.root;
  const words = script.replaceAll('ROOT', root).replaceAll('SHARED', placeholders.shared);
  return { path: '/bin/sh', args: ['sh', '-c', words], ...more };
}

const writing = (stage: HookStage, file: string): SpecHook =>
  shell(stage, `echo ${stage} >> ROOT/hooks/${file}`);

/** A hook outside the container that leaves its name for those that come after. */
const leaving = (stage: HookStage, file: string): SpecHook =>
  shell(stage, `mkdir -p SHARED && echo ${stage} >> SHARED/${file}`);

/** One hook that writes its name, and what the probe finds. */
const single = (['prestart', 'createRuntime', 'createContainer', 'startContainer'] satisfies HookStage[]).map(
  (stage) =>
    asking(`a hook at ${stage}`, [`read=/hooks/${stage}`], (spec) => {
      spec.hooks = { [stage]: [writing(stage, stage)] };
    }),
);

const states: DifferentialCase[] = (
  ['createRuntime', 'createContainer', 'startContainer'] satisfies HookStage[]
).map((stage) =>
  asking(`the state that a hook at ${stage} reads`, [`read=/hooks/state-${stage}`], (spec) => {
    spec.annotations = { 'org.example.key': 'value' };
    spec.hooks = { [stage]: [shell(stage, `cat > ROOT/hooks/state-${stage}`)] };
  }),
);

const failingOutside = (['prestart', 'createRuntime'] satisfies HookStage[]).map((stage) =>
  asking(
    `a failing hook at ${stage}`,
    [],
    (spec) => {
      spec.hooks = { [stage]: [shell(stage, 'exit 3'), leaving(stage, `after-failed-${stage}`)] };
    },
    { afterwards: [`after-failed-${stage}`] },
  ),
);

const failingInside = (['createContainer', 'startContainer'] satisfies HookStage[]).map((stage) =>
  asking(`a failing hook at ${stage}`, [], (spec) => {
    spec.hooks = { [stage]: [shell(stage, 'exit 3')] };
  }),
);

const order: DifferentialCase = asking('the order of hooks', ['read=/hooks/order'], (spec) => {
  const stages: HookStage[] = ['startContainer', 'createContainer', 'createRuntime', 'prestart'];
  spec.hooks = Object.fromEntries(
    stages.map((stage) => [
      stage,
      ['first', 'second'].map((word) => shell(stage, `echo ${stage} ${word} >> ROOT/hooks/order`)),
    ]),
  );
});

const surroundings: DifferentialCase[] = [
  asking('the environment of a hook', ['read=/hooks/environment'], (spec) => {
    spec.hooks = {
      createRuntime: [
        shell('createRuntime', 'echo "$ONLY,$TERM" > ROOT/hooks/environment', { env: ['ONLY=this'] }),
      ],
    };
  }),
  asking('the arguments of a hook', ['read=/hooks/arguments'], (spec) => {
    const hook = shell('startContainer', 'echo "$0 $#" > ROOT/hooks/arguments');
    spec.hooks = { startContainer: [{ ...hook, args: [...(hook.args ?? []), 'a', 'b c'] }] };
  }),
  asking('a hook that takes too long', [], (spec) => {
    spec.hooks = { createRuntime: [shell('createRuntime', 'exec sleep 100', { timeout: 1 })] };
  }),
  asking('a hook whose program is missing', [], (spec) => {
    spec.hooks = { createRuntime: [{ path: '/missing/hook' }] };
  }),
];

const endings: DifferentialCase[] = [
  asking(
    'a hook at poststop',
    [],
    (spec) => {
      spec.hooks = { poststop: [leaving('poststop', 'poststop')] };
    },
    { afterwards: ['poststop'] },
  ),
  asking(
    'a failing hook at poststop',
    [],
    (spec) => {
      spec.hooks = { poststop: [shell('poststop', 'exit 3'), leaving('poststop', 'after-failed-poststop')] };
    },
    { afterwards: ['after-failed-poststop'] },
  ),
  asking(
    'a hook at poststart',
    [],
    (spec) => {
      spec.hooks = { poststart: [leaving('poststart', 'poststart')] };
    },
    { afterwards: ['poststart'] },
  ),
];

/** `hooks`. */
export const hookCases = [
  ...single,
  ...states,
  order,
  ...surroundings,
  ...endings,
  ...failingOutside,
  ...failingInside,
];
