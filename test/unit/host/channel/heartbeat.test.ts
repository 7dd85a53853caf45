import assert from 'node:assert/strict';
import { afterEach, beforeEach, it, mock } from 'node:test';
import { Heartbeat } from '../../../../host/channel/heartbeat.ts';

let said: string[] = [];
let heartbeat: Heartbeat;

beforeEach(() => {
  said = [];
  mock.timers.enable({ apis: ['setInterval'] });
  heartbeat = new Heartbeat(
    {
      ping: () => said.push('ping'),
      silent: () => said.push('silent'),
      heard: () => said.push('heard'),
    },
    1000,
  );
});
afterEach(() => {
  heartbeat.stop();
  mock.timers.reset();
});

it('Heartbeat pings at every interval in which nothing was sent', () => {
  mock.timers.tick(1000);
  heartbeat.received();
  mock.timers.tick(1000);
  heartbeat.received();
  assert.deepEqual(said, ['ping', 'ping']);
});

it('Heartbeat does not ping while a conversation goes on anyway', () => {
  for (let interval = 0; interval < 5; interval += 1) {
    heartbeat.sent();
    heartbeat.received();
    mock.timers.tick(1000);
  }
  assert.deepEqual(said, []);
});

it('Heartbeat pings a guest that answers nothing of what is sent', () => {
  heartbeat.sent();
  mock.timers.tick(1000);
  assert.deepEqual(said, ['ping']);
});

it('Heartbeat says once that a guest is silent, after three intervals, and goes on pinging', () => {
  mock.timers.tick(3000);
  assert.equal(heartbeat.isSilent, false);
  mock.timers.tick(3000);
  assert.equal(heartbeat.isSilent, true);
  assert.deepEqual(said, ['ping', 'ping', 'ping', 'silent', 'ping', 'ping', 'ping']);
});

it('Heartbeat says when a silent guest is heard again', () => {
  mock.timers.tick(4000);
  heartbeat.received();
  heartbeat.received();
  assert.deepEqual(said.slice(-3), ['silent', 'ping', 'heard']);
  assert.equal(heartbeat.isSilent, false);
  mock.timers.tick(5000);
  assert.equal(said.filter((word) => word === 'silent').length, 2);
});

it('Heartbeat takes any frame for a sign of life', () => {
  for (let interval = 0; interval < 10; interval += 1) {
    mock.timers.tick(1000);
    heartbeat.received();
  }
  assert.ok(!said.includes('silent'));
});
