import type { WriteStream } from 'node:tty';
import { LiveScreen } from './live-screen.ts';
import type { Output } from './output.ts';
import { type StatsEntry, statsObject, statsRow, statsTitles } from './stats-rows.ts';
import { TableLayout } from './table.ts';

/** Where and how `firstborn stats` shows what it knows, again and again. */
export interface StatsView extends Disposable {
  show(entries: readonly StatsEntry[]): Promise<void>;
}

/** One JSON object a line for each machine. */
export function jsonView(output: Output): StatsView {
  return {
    show: async (entries) => {
      const unixMs = Date.now();
      await output.write(entries.map((entry) => `${JSON.stringify(statsObject(entry, unixMs))}\n`).join(''));
    },
    [Symbol.dispose]: () => {},
  };
}

/** Rows for a file or a pipe: the titles once, then rows below each other. */
export function plainView(output: Output): StatsView {
  const layout = new TableLayout(statsTitles);
  let isFirst = true;
  return {
    show: async (entries) => {
      const rows = entries.map(statsRow);
      const lines = isFirst ? layout.table(rows) : layout.rows(rows);
      isFirst = false;
      await output.write(lines.map((line) => `${line}\n`).join(''));
    },
    [Symbol.dispose]: () => {},
  };
}

/** A table that is drawn over with every change. */
export function liveView(terminal: WriteStream): StatsView {
  const screen = new LiveScreen(terminal);
  const layout = new TableLayout(statsTitles);
  return {
    // oxlint-disable-next-line require-await -- the others wait for their readers
    show: async (entries) => screen.draw(layout.table(entries.map(statsRow))),
    [Symbol.dispose]: () => screen[Symbol.dispose](),
  };
}
