import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { FrameDecoder } from '../../../../protocol/frame.ts';
import * as limits from '../../../../protocol/limits.ts';

const path = join(import.meta.dirname, '../../../../docs/protocol.md');

it('docs/protocol.md shows frames that the decoder reads as the text says', async () => {
  const text = await readFile(path, 'utf8');
  const blocks = [...text.matchAll(/```hex\n([^`]*)```/g)].map((match) => match[1] ?? '');
  const decoder = new FrameDecoder();
  const frames = blocks.flatMap((block) => decoder.push(Buffer.from(block.replaceAll(/\s/g, ''), 'hex')));
  assert.deepEqual(
    frames.map(({ type, stream }) => `${type} ${stream}`),
    ['data 2', 'credit 2', 'request 0'],
  );
  assert.equal(frames[0]?.payload.subarray(8).toString(), 'hello\n');
  assert.equal(frames[1]?.payload.readBigUInt64LE(), 262_144n);
  assert.equal(frames[2]?.payload.toString(), '{"id":1,"method":"ping"}');
  assert.equal(decoder.skippedBytes, 0);
});

it('docs/protocol.md repeats the limits as they are', async () => {
  const text = await readFile(path, 'utf8');
  for (const row of [
    `| payload of a frame | ${limits.maxFramePayloadBytes / 1024} KiB |`,
    `| bytes in a data frame | ${limits.maxStreamChunkBytes} |`,
    `| window of a stream | ${limits.streamWindowBytes / 1024} KiB |`,
    `| frames that wait for the transport before data pauses | ${limits.maxQueuedFrameBytes / 1024} KiB |`,
    `| open requests of a session | ${limits.maxOpenRequests} |`,
    `| deadline of a request without one | ${limits.defaultRequestDeadlineMs / 1000} s |`,
    `| events that are kept | ${limits.maxRetainedEvents} |`,
    `| wait for the last acknowledgement | ${limits.exitAcknowledgeMs / 1000} s |`,
    `| delay of an exit by a pipe that stays open | ${limits.outputDrainMs} ms |`,
    `| absence after which a host is not waited for with output | ${limits.hostAbsenceMs / 1000} s |`,
  ]) {
    assert.ok(text.includes(row), row);
  }
});
