const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

function format(lengthBytes: number, step: number, units: readonly string[], digits: number): string {
  let value = lengthBytes;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${Number(value.toPrecision(digits))}${units[unit]}`;
}

/** An amount of memory as docker-stats(1) writes it: `512MiB`, `12.35MiB`. Pure. */
export function binarySize(lengthBytes: number): string {
  return format(lengthBytes, 1024, binaryUnits, 4);
}

/** An amount of traffic as docker-stats(1) writes it, in powers of a thousand: `1.23kB`, `648B`. Pure. */
export function decimalSize(lengthBytes: number): string {
  return format(lengthBytes, 1000, decimalUnits, 3);
}
