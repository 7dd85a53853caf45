import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DepartedStreams } from '../../../../host/channel/departed-streams.ts';

it('DepartedStreams keeps a stream until a later request is answered', () => {
  const departed = new DepartedStreams();
  departed.add(16, 4, 100);
  departed.confirm(4);
  assert.equal(departed.has(16), true);
  departed.confirm(5);
  assert.equal(departed.has(16), false);
});

it('DepartedStreams tells the ends of incoming streams again and waits anew', () => {
  const departed = new DepartedStreams();
  departed.add(16, 4, 100);
  departed.add(17, 4);
  const told: [number, number][] = [];
  departed.repeat(8, (id, takenOffset) => told.push([id, takenOffset]));
  assert.deepEqual(told, [[16, 100]]);
  assert.deepEqual([...departed.takenOffsets()], [[16, 100]]);
  departed.confirm(8);
  assert.equal(departed.size, 2);
  departed.confirm(9);
  assert.equal(departed.size, 0);
});
