import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeLabel } from '../../../../host/boot-chart/svg-labels.ts';
import { svgChart } from '../../../../host/boot-chart/svg-chart.ts';
import { escapeXml } from '../../../../host/boot-chart/svg-writer.ts';
import type { BootStep } from '../../../../protocol/messages.ts';
import { assertGolden } from '../../../support/golden.ts';
import { timeline } from './boot-fixtures.ts';

/** Right and left end of every text, by the width that the layout takes it to have. */
function textSpans(svg: string): { left: number; right: number }[] {
  const texts = svg.matchAll(
    /<text x="([\d.-]+)" [^>]*?text-anchor="(start|end)" class="([^"]*)">(.*?)<\/text>/g,
  );
  return [...texts].map(([, x, anchor, classes = '', content = '']) => {
    const width = content.replaceAll(/<[^>]+>/g, '').length * (classes.includes('small') ? 11 : 12) * 0.58;
    const left = anchor === 'start' ? Number(x) : Number(x) - width;
    return { left, right: left + width };
  });
}

describe('svgChart()', () => {
  it('draws a boot', () => assertGolden('boot-chart.svg', svgChart(timeline)));

  it('tells of the host in words when its clock does not fit', () => {
    const svg = svgChart({ ...timeline, host: { since: 'start', steps: timeline.host?.steps ?? [] } });
    assert.match(svg, /By the host's clock, from the start: preparation 230 ms, .*handshake at 4880 ms/);
    assert.doesNotMatch(svg, /class="band"/);
  });

  it('keeps its labels inside, whatever they are called and however many there are', () => {
    const steps = Array.from(
      { length: 150 },
      (_, index): BootStep => ({
        kind: 'driver',
        name: 'long-name-'.repeat(index % 7),
        startMs: index * 10,
        endMs: index * 10 + (index % 5) * 100,
      }),
    );
    const svg = svgChart({
      ...timeline,
      steps: [{ kind: 'phase', name: 'all', startMs: 0, endMs: 2000 }, ...steps],
    });
    const spans = textSpans(svg);
    assert.ok(spans.length > 150);
    for (const { left, right } of spans) assert.ok(left >= 0 && right <= 1000, `${left} to ${right}`);
  });

  it('is well-formed with names that are markup', () => {
    const name = '</text><script>alert(1)</script>"&\u0007\uFFFF';
    const svg = svgChart({ ...timeline, machine: { ...timeline.machine, name, image: name } });
    for (const bad of ['<script', '\u0007', '\uFFFF']) assert.ok(!svg.includes(bad), bad);
    assert.match(svg, /&lt;\/text&gt;&lt;script&gt;/);
  });

  it('has no scripts and loads nothing', () => {
    assert.doesNotMatch(svgChart(timeline), /<script|href|url\(|@import|@font-face/);
  });
});

describe('placeLabel()', () => {
  const bar = { name: 'kernel', time: '10 ms', fontPx: 12 };
  it('puts it behind the bar, before it, or into it', () => {
    assert.equal(placeLabel({ ...bar, left: 0, right: 50 }, 0, 1000).anchor, 'start');
    assert.equal(placeLabel({ ...bar, left: 900, right: 990 }, 0, 1000).anchor, 'end');
    assert.equal(placeLabel({ ...bar, left: 10, right: 990 }, 0, 1000).isInside, true);
  });
  it('stays before the bars once it is', () => {
    assert.equal(placeLabel({ ...bar, left: 500, right: 510 }, 0, 1000, true).anchor, 'end');
    assert.equal(placeLabel({ ...bar, left: 20, right: 510 }, 0, 1000, true).anchor, 'start');
  });
  it('shortens a name that fits nowhere, and one that is too long for anything', () => {
    const name = 'x'.repeat(100);
    assert.match(placeLabel({ ...bar, name, left: 150, right: 250 }, 0, 400).name, /^x{8,20}…$/);
    assert.equal(placeLabel({ ...bar, name, left: 0, right: 1 }, 0, 1000).name.length, 48);
  });
});

describe('escapeXml()', () => {
  it('leaves no markup and no character that XML lacks', () => {
    assert.equal(escapeXml('<a b="c">&\u0000\uD800'), '&lt;a b=&quot;c&quot;&gt;&amp; \uFFFD');
  });
});
