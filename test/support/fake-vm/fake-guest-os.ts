import { encodeControl, encodeFrame } from '../../../protocol/frame.ts';
import { guestFeatures, type Hello } from '../../../protocol/messages.ts';
import { firstDynamicStream, mainContainerId, mainStreams } from '../../../protocol/names.ts';
import { GuestEvents } from './guest-events.ts';
import { GuestInput } from './guest-input.ts';
import { GuestLink, type GuestRequest } from './guest-link.ts';
import { GuestOutput } from './guest-output.ts';
import { type GuestProcess, guestPrograms, patternBytes } from './guest-programs.ts';
import { sampleMetrics } from './sample-metrics.ts';
import type { Scenario } from './scenario.ts';

interface Running {
  exec: number;
  pid: number;
  streams: Record<string, number>;
  abort: AbortController;
}

/** Refusals of requests, as the guest words them. */
class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A guest without a kernel: the workload and its execs are programs of guest-programs.ts. */
export class FakeGuestOs {
  readonly #scenario: Scenario;
  readonly #link: GuestLink;
  readonly #events: GuestEvents;
  readonly #outputs = new Map<number, GuestOutput>();
  readonly #inputs = new Map<number, GuestInput>();
  readonly #execs = new Map<number, Running>();
  readonly #transfers = new Map<number, Promise<{ entries: number; contentBytes: number }>>();
  readonly #workload = new AbortController();
  readonly #powerOff: () => void;
  #lastStream = firstDynamicStream;
  #lastNumber = 0;
  #sampling: NodeJS.Timeout | undefined;
  #hasStarted = false;

  constructor(scenario: Scenario, socketPath: string, boot: number, powerOff: () => void) {
    this.#scenario = scenario;
    this.#powerOff = powerOff;
    const manner = scenario.manner === 'deaf' || scenario.manner === 'refuse' ? scenario.manner : 'normal';
    this.#link = new GuestLink(
      { socketPath, bootId: `boot-${process.pid}`, features: guestFeatures, manner },
      {
        opened: (hello) => this.#opened(hello),
        welcomed: (hello) => this.#welcomed(hello, boot),
        request: (request) => void this.#answer(request),
        stream: (type, stream, offset, bytes) => {
          if (type === 'credit') this.#outputs.get(stream)?.credit(offset);
          else if (type === 'data') this.#inputs.get(stream)?.receive(offset, bytes);
          else this.#inputs.get(stream)?.end();
          for (const output of this.#outputs.values()) if (output.isTaken) this.#outputs.delete(output.id);
        },
      },
    );
    this.#events = new GuestEvents(this.#link);
  }

  #opened(hello: Hello): Record<string, number> {
    clearInterval(this.#sampling);
    for (const output of this.#outputs.values()) output.reopen(hello.streams?.[output.id]);
    return Object.fromEntries([...this.#inputs.values()].map((input) => [input.id, input.receivedOffset]));
  }

  #welcomed(hello: Hello, boot: number): void {
    this.#events.acknowledge(hello.acknowledged);
    this.#events.repeat();
    for (const input of this.#inputs.values()) input.reopen();
    for (const output of this.#outputs.values()) output.pump();
    if (this.#scenario.manner === 'silent') process.exit(0);
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    void this.#runWorkload(boot);
  }

  async #runWorkload(boot: number): Promise<void> {
    const { workloads, fault, terminal, stdin } = this.#scenario;
    if (fault !== undefined) {
      this.#events.tell({ event: 'fault', phase: 'root', message: fault, code: 125 });
      await this.#end();
      return;
    }
    const [name = 'exit', ...args] = workloads[Math.min(boot, workloads.length) - 1] ?? [];
    const container = mainContainerId;
    if (guestPrograms[name] === undefined) {
      await this.#endWith({ code: 127, reason: 'not-started', message: `Cannot find "${name}"` });
      return;
    }
    this.#events.tell({ event: 'started', container, pid: 42 });
    this.#events.tell({
      event: 'ready',
      container,
      pid: 42,
      kernel: '6.1.0-fake',
      loadedModules: 5,
      memory: { totalKiB: 500_000, availableKiB: 400_000 },
      timeline: [],
    });
    if (this.#scenario.timeline === true) {
      const steps = [{ kind: 'kernel' as const, name: 'kernel', startMs: 0, endMs: 0.5 }];
      this.#events.tell({ event: 'boot-timeline', workloadMs: 0.5, steps });
    }
    for (const status of this.#scenario.health?.[boot - 1] ?? []) {
      const result = status === 'starting' ? {} : { exitCode: 0, output: `${status}\n` };
      this.#events.tell({ event: 'health', container, status, failingStreak: 0, ...result });
    }
    const code = await this.#run(name, {
      args,
      stdin: stdin === true ? this.#addInput(mainStreams.stdin) : undefined,
      stdout: this.#addOutput(mainStreams.stdout),
      stderr: terminal === true ? undefined : this.#addOutput(mainStreams.stderr),
      signal: this.#workload.signal,
    });
    const signal = code > 128 ? { signal: code - 128 } : {};
    await this.#endWith({ code, ...signal, reason: code > 128 ? 'signaled' : 'exited' });
  }

  async #endWith(exit: {
    code: number;
    reason: 'exited' | 'signaled' | 'not-started';
    message?: string;
  }): Promise<void> {
    this.#events.tell({ event: 'exit', container: mainContainerId, ...exit });
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#events.acknowledged();
    for (const output of this.#outputs.values()) await output.sent();
    if (this.#scenario.linger !== true) this.#link.flush(this.#powerOff);
  }

  /** Runs a program; its output has been sent when this resolves. */
  async #run(name: string, guestProcess: Omit<GuestProcess, 'hostIsAway'>): Promise<number> {
    const program = guestPrograms[name];
    const hostIsAway = (): boolean => this.#link.isAway;
    const code = program === undefined ? 127 : await program({ ...guestProcess, hostIsAway });
    for (const output of [guestProcess.stdout, guestProcess.stderr]) {
      await output?.sent();
      output?.end();
    }
    return code;
  }

  #addOutput(id: number): GuestOutput {
    const output = new GuestOutput(id, this.#link);
    this.#outputs.set(id, output);
    return output;
  }

  #addInput(id: number): GuestInput {
    const input = new GuestInput(id, this.#link);
    this.#inputs.set(id, input);
    return input;
  }

  #newStream(): number {
    this.#lastStream += 1;
    return this.#lastStream;
  }

  async #answer({ id, method, params }: GuestRequest): Promise<void> {
    let answer: object;
    try {
      const result = await this.#handle(method, params);
      answer = { id, ok: true, ...(result === undefined ? {} : { result }) };
    } catch (error) {
      const { code, message } = error instanceof Refusal ? error : new Refusal('failed', String(error));
      answer = { id, ok: false, error: { code, message } };
    }
    this.#link.send(encodeControl('response', answer));
  }

  // oxlint-disable-next-line require-await -- refusals are to reject
  async #handle(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    switch (method) {
      case 'ping':
      case 'entropy':
      case 'sync':
      case 'resize':
        return undefined;
      case 'clock':
        return { unixMs: Date.now(), steppedMs: 0 };
      case 'acknowledge':
        this.#events.acknowledge(Number(params['sequence']));
        return undefined;
      case 'stop':
      case 'shutdown':
        this.#stop(method, Number(params['signal'] ?? 15));
        return undefined;
      case 'signal':
        this.#signal(params['exec'] as number | undefined, Number(params['signal']));
        return undefined;
      case 'exec':
        return this.#exec(params);
      case 'execs':
        return { execs: [...this.#execs.values()].map(({ exec, pid, streams }) => ({ exec, pid, streams })) };
      case 'metrics':
        return sampleMetrics();
      case 'watch-metrics':
        this.#sample(params['intervalMs'] as number | null);
        return undefined;
      case 'copy-out':
        return this.#copyOut(String(params['path']));
      case 'copy-in':
        return this.#copyIn();
      case 'await-transfer':
        return await this.#transfers.get(Number(params['transfer']));
      case 'cancel-transfer':
        return undefined;
      default:
        throw new Refusal('unknown-method', `Cannot do "${method}"`);
    }
  }

  #stop(reason: 'stop' | 'shutdown', signal: number): void {
    const how = reason === 'stop' ? 'request' : 'shutdown';
    this.#events.tell({ event: 'stopping', container: mainContainerId, reason: how });
    this.#workload.abort(signal);
  }

  #signal(exec: number | undefined, signal: number): void {
    const abort = exec === undefined ? this.#workload : this.#execs.get(exec)?.abort;
    if (abort === undefined) throw new Refusal('not-found', `Cannot signal exec ${exec}`);
    abort.abort(signal);
  }

  #exec(params: Record<string, unknown>): unknown {
    const [name = '', ...args] = params['args'] as string[];
    if (guestPrograms[name] === undefined) throw new Refusal('failed', `Cannot execute "${name}"`);
    this.#lastNumber += 1;
    const exec = this.#lastNumber;
    const hasOutput = params['detach'] !== true;
    const abort = new AbortController();
    const stdin = params['stdin'] === true ? this.#addInput(this.#newStream()) : undefined;
    const stdout = hasOutput ? this.#addOutput(this.#newStream()) : undefined;
    const stderr =
      hasOutput && params['terminal'] === undefined ? this.#addOutput(this.#newStream()) : undefined;
    const streams = {
      ...(stdin === undefined ? {} : { stdin: stdin.id }),
      ...(stdout === undefined ? {} : { stdout: stdout.id }),
      ...(stderr === undefined ? {} : { stderr: stderr.id }),
    };
    this.#execs.set(exec, { exec, pid: 100 + exec, streams, abort });
    const started = { exec, pid: 100 + exec, streams };
    void this.#run(name, { args, stdin, stdout, stderr, signal: abort.signal }).then((code) => {
      this.#execs.delete(exec);
      if (stdin !== undefined) this.#inputs.delete(stdin.id);
      const reason = code > 128 ? 'signaled' : 'exited';
      this.#events.tell({ event: 'exec-exit', exec, code, reason });
    });
    return started;
  }

  #sample(intervalMs: number | null): void {
    clearInterval(this.#sampling);
    if (intervalMs === null) return;
    this.#sampling = setInterval(() => {
      this.#link.send(encodeFrame('sample', 0, Buffer.from(JSON.stringify(sampleMetrics()))));
    }, intervalMs);
  }

  /** `/bytes/N` has N bytes of the pattern for a tar. */
  #copyOut(path: string): unknown {
    const lengthBytes = Number(/^\/bytes\/(\d+)$/.exec(path)?.[1]);
    if (Number.isNaN(lengthBytes)) throw new Refusal('failed', `Cannot open "${path}"`);
    this.#lastNumber += 1;
    const output = this.#addOutput(this.#newStream());
    const copy = async (): Promise<{ entries: number; contentBytes: number }> => {
      await output.write(patternBytes(lengthBytes));
      await output.sent();
      output.end();
      return { entries: 1, contentBytes: lengthBytes };
    };
    this.#transfers.set(this.#lastNumber, copy());
    return { transfer: this.#lastNumber, stream: output.id };
  }

  #copyIn(): unknown {
    this.#lastNumber += 1;
    const input = this.#addInput(this.#newStream());
    const copy = async (): Promise<{ entries: number; contentBytes: number }> => {
      let contentBytes = 0;
      for await (const piece of input) contentBytes += piece.length;
      return { entries: 1, contentBytes };
    };
    this.#transfers.set(this.#lastNumber, copy());
    return { transfer: this.#lastNumber, stream: input.id };
  }
}
