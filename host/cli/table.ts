import { characters, plainText } from './plain-text.ts';

const gap = '   ';

function widthOf(text: string): number {
  return characters(text).length;
}

/**
 * A table as docker(1) prints it: titles, then rows, in columns that are as wide as their widest cell. A layout
 * remembers its widths, so that rows which come later stay below those before them.
 */
export class TableLayout {
  readonly #titles: readonly string[];
  readonly #widths: number[];

  constructor(titles: readonly string[]) {
    this.#titles = titles;
    this.#widths = titles.map(widthOf);
  }

  /** The titles and the rows as lines without line feeds. */
  table(rows: readonly (readonly string[])[]): string[] {
    const lines = this.rows(rows);
    return [this.#line(this.#titles), ...lines];
  }

  /** The rows alone. Cells may hold any text; what would disturb a terminal is left out. */
  rows(rows: readonly (readonly string[])[]): string[] {
    const plainRows = rows.map((row) => row.map(plainText));
    for (const row of plainRows) {
      for (const [index, cell] of row.entries()) {
        this.#widths[index] = Math.max(this.#widths[index] ?? 0, widthOf(cell));
      }
    }
    return plainRows.map((row) => this.#line(row));
  }

  #line(cells: readonly string[]): string {
    return cells
      .map((cell, index) => cell + ' '.repeat(Math.max(0, (this.#widths[index] ?? 0) - widthOf(cell))))
      .join(gap)
      .trimEnd();
  }
}

/** A whole table as text. Pure. */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${new TableLayout(titles).table(rows).join('\n')}\n`;
}
