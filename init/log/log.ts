import pino, { type LogFn, type Logger } from 'pino';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
type LevelName = (typeof levels)[number];
const order: readonly string[] = [...levels, 'silent'];

/** pino's log, as far as init uses it. */
export type Log = Pick<Logger, 'level' | LevelName>;

/**
 * Makes the log: JSON lines, which `write` takes. A boot without anything to say goes without pino,
 * which takes longer to make than a machine's disks to mount.
 */
export function makeLog(write: (line: string) => void): Log {
  let level = 'info';
  let made: Logger | undefined;
  const make = (): Logger =>
    pino(
      { base: null, level, timestamp: () => `,"uptimeMs":${Math.round(process.uptime() * 1000)}` },
      { write },
    );
  const lineOf =
    (name: LevelName): LogFn =>
    (...words: Parameters<LogFn>) => {
      if (order.indexOf(name) < order.indexOf(level)) return;
      made ??= make();
      made[name](...words);
    };
  return {
    get level() {
      return level;
    },
    set level(wanted) {
      level = wanted;
      if (made !== undefined) made.level = wanted;
    },
    trace: lineOf('trace'),
    debug: lineOf('debug'),
    info: lineOf('info'),
    warn: lineOf('warn'),
    error: lineOf('error'),
    fatal: lineOf('fatal'),
  };
}
