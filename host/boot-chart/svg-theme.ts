import { type ChartKind, chartKinds } from './chart-rows.ts';

/** The colours of one scheme. */
interface Palette {
  page: string;
  text: string;
  faint: string;
  grid: string;
  band: string;
  border: string;
  bars: Readonly<Record<ChartKind, string>>;
}

const light: Palette = {
  page: '#ffffff',
  text: '#1f2933',
  faint: '#5f6b7a',
  grid: '#e6e9ee',
  band: '#f5f6f9',
  border: '#d5dae2',
  bars: {
    host: '#8a94a6',
    kernel: '#3b6fd4',
    runtime: '#2f9461',
    phase: '#7a5bc7',
    driver: '#d98b1d',
    container: '#cf3f6d',
  },
};

const dark: Palette = {
  page: '#12161c',
  text: '#e5e9f0',
  faint: '#9aa5b5',
  grid: '#262d37',
  band: '#191f27',
  border: '#2f3742',
  bars: {
    host: '#7d8899',
    kernel: '#6a9bf4',
    runtime: '#4cbf86',
    phase: '#a48be8',
    driver: '#efac4b',
    container: '#f0719a',
  },
};

function rules({ page, text, faint, grid, band, border, bars }: Palette): string[] {
  return [
    `.page{fill:${page};stroke:${border}}`,
    `.band{fill:${band}}`,
    `.grid{stroke:${grid}}`,
    `text{fill:${text}}`,
    `.faint{fill:${faint}}`,
    `.label{stroke:${page}}`,
    `.band-label{stroke:${band}}`,
    `.inside{fill:${page};stroke:none}`,
    ...chartKinds.flatMap((kind) => [`.${kind}{fill:${bars[kind]}}`, `.line-${kind}{stroke:${bars[kind]}}`]),
  ];
}

/**
 * The style sheet: light unless the reader's scheme is dark. No scripts, no variables and no fonts of its own, so that it
 * works within an image and in renderers that know little.
 */
export const styleSheet: string = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}',
  '.title{font-size:19px;font-weight:600}',
  '.small{font-size:11px}',
  '.label{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}',
  ...rules(light),
  '@media (prefers-color-scheme:dark){',
  ...rules(dark),
  '}',
].join('\n');
