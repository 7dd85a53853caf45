import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutputBroadcaster, type OutputSubscriber } from '../../../../host/monitor/output-broadcaster.ts';

class Listener implements OutputSubscriber {
  readonly heard: string[] = [];
  isHolding = false;
  output(name: string, bytes: Buffer): void {
    this.heard.push(`${name} ${bytes.toString()}`);
  }
  gap(name: string, missingBytes: number): void {
    this.heard.push(`${name} misses ${missingBytes}`);
  }
  ended(): void {
    this.heard.push('ended');
  }
}

describe('OutputBroadcaster', () => {
  it('tells every subscriber, and a late one what it missed if it wants to know', () => {
    const broadcaster = new OutputBroadcaster();
    const early = new Listener();
    broadcaster.subscribe(early, true);
    broadcaster.push('output', Buffer.from('a'));
    broadcaster.push('error', Buffer.from('b'));
    const late = new Listener();
    const incurious = new Listener();
    broadcaster.subscribe(late, true);
    broadcaster.subscribe(incurious, false);
    broadcaster.push('output', Buffer.from('c'));
    broadcaster.gap('error', 5);
    broadcaster.end();
    assert.deepEqual(early.heard, ['output a', 'error b', 'output c', 'error misses 5', 'ended']);
    assert.deepEqual(late.heard, early.heard);
    assert.deepEqual(incurious.heard, ['output c', 'error misses 5', 'ended']);
  });

  it('holds the workload while anybody who is waited for is behind', () => {
    const broadcaster = new OutputBroadcaster();
    const holds: boolean[] = [];
    broadcaster.onHold = (isHeld) => holds.push(isHeld);
    const [one, other] = [new Listener(), new Listener()];
    broadcaster.subscribe(one, false);
    broadcaster.subscribe(other, false);
    one.isHolding = true;
    other.isHolding = true;
    broadcaster.push('output', Buffer.from('a'));
    one.isHolding = false;
    broadcaster.review();
    assert.deepEqual(holds, [true]);
    broadcaster.unsubscribe(other);
    assert.deepEqual(holds, [true, false]);
  });
});
