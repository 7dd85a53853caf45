import { change, type DifferentialCase } from '../differential-case.ts';

/** The size that whoever collects the output gives its own terminal, too. */
export const terminalSize = { height: 33, width: 111 };

/** `process.terminal`. */
export const terminalCases: DifferentialCase[] = [
  change('a terminal', (spec) => {
    spec.process.terminal = true;
    spec.process.consoleSize = terminalSize;
  }),
  change('a terminal of a user', (spec) => {
    spec.process.terminal = true;
    spec.process.consoleSize = terminalSize;
    spec.process.user = { uid: 1000, gid: 1001 };
  }),
  change('a terminal and a read-only root', (spec) => {
    spec.process.terminal = true;
    spec.process.consoleSize = terminalSize;
    spec.root.readonly = true;
  }),
];
