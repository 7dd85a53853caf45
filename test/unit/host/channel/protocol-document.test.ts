import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { FrameDecoder, frameStallMs, frameTypes } from '../../../../protocol/frame.ts';
import * as limits from '../../../../protocol/limits.ts';
import { errorReplyCodes, Event, guestFeatures, requestMethods } from '../../../../protocol/messages.ts';

const path = join(import.meta.dirname, '../../../../docs/protocol.md');

it('docs/protocol.md shows frames that the decoder reads as the text says', async () => {
  const text = await readFile(path, 'utf8');
  const blocks = [...text.matchAll(/```hex\n([^`]*)```/g)].map((match) => match[1] ?? '');
  const decoder = new FrameDecoder();
  const frames = blocks.flatMap((block) => decoder.push(Buffer.from(block.replaceAll(/\s/g, ''), 'hex')));
  assert.deepEqual(
    frames.map(({ type, stream }) => `${type} ${stream}`),
    ['data 2', 'credit 2', 'data 2', 'request 0'],
  );
  assert.equal(frames[0]?.payload.subarray(8).toString(), 'hello\n');
  assert.equal(frames[1]?.payload.readBigUInt64LE(), BigInt(limits.streamWindowBytes));
  assert.equal(frames[2]?.payload.toString('hex'), '0010000000000000');
  assert.equal(frames[3]?.payload.toString(), '{"id":1,"method":"ping"}');
  assert.equal(decoder.skippedBytes, 0);
});

it('docs/protocol.md repeats the limits as they are', async () => {
  const text = await readFile(path, 'utf8');
  for (const row of [
    `| payload of a frame | ${limits.maxFramePayloadBytes / 1024} KiB |`,
    `| bytes in a data frame | ${limits.maxStreamChunkBytes} |`,
    `| time after which an unfinished frame is looked through | ${frameStallMs / 1000} s |`,
    `| window of a stream, and what is kept of an output stream | ${limits.streamWindowBytes / 1024} KiB |`,
    `| frames that wait for the transport before data pauses | ${limits.maxQueuedFrameBytes / 1024} KiB |`,
    `| open requests of a session | ${limits.maxOpenRequests} |`,
    `| deadline of a request without one | ${limits.defaultRequestDeadlineMs / 1000} s |`,
    `| execs at once | ${limits.maxExecSessions} |`,
    `| copies at once | ${limits.maxFileTransfers} |`,
    `| processes in one reply | ${limits.maxProcessesPerReply} |`,
    `| ended streams that are kept | ${2 * limits.maxExecSessions} |`,
    `| events that are kept | ${limits.maxRetainedEvents} |`,
    `| wait for the last acknowledgement | ${limits.exitAcknowledgeMs / 1000} s |`,
    `| delay of an exit by a pipe that stays open | ${limits.outputDrainMs} ms |`,
    `| longest pause between two words of a host | ${limits.heartbeatIntervalMs / 1000} s |`,
    `| absence after which a host is away | ${limits.hostAbsenceMs / 1000} s |`,
    `| silence after which a host is away | ${limits.hostSilenceMs / 1000} s |`,
    `| grace of a stop, at most | ${limits.maxStopGraceMs / 3_600_000} h |`,
    `| freeze without a time | ${limits.defaultFreezeMs / 1000} s |`,
    `| entropy in one request | ${limits.maxEntropyBytes} bytes |`,
    `| clock difference that is left alone | ${limits.clockToleranceMs} ms |`,
    `| time between two comparisons of the clocks | ${limits.clockIntervalMs / 1000} s |`,
  ]) {
    assert.ok(text.includes(row), row);
  }
});

it('docs/protocol.md names every request, event, error code, feature and frame type', async () => {
  const text = await readFile(path, 'utf8');
  const methods = requestMethods;
  const events = Event.def.options.map((option) => option.def.shape.event.def.values[0]);
  for (const name of [...methods, ...events, ...errorReplyCodes, ...guestFeatures]) {
    assert.ok(text.includes(`\`${name}\``), `"${name}"`);
  }
  for (const [name, number] of Object.entries(frameTypes)) {
    assert.ok(text.includes(`| ${number} | ${name} |`), name);
  }
});
