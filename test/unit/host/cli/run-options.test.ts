import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BuildOptions, readBuildOptions } from '../../../../host/cli/build-options.ts';
import { readCommandWords } from '../../../../host/cli/option-parser.ts';
import { buildSpecs, runSpecs } from '../../../../host/cli/option-specs.ts';
import { createRequest, readRunOptions, type RunOptions } from '../../../../host/cli/run-options.ts';
import { defaultWorkload } from '../../../../host/launch/launch-config.ts';

const context = { architecture: 'x86_64', environment: { HOME: '/root' } } as const;

async function run(...words: string[]): Promise<RunOptions> {
  return await readRunOptions(readCommandWords(words, runSpecs, { stopAtOperand: true }), context);
}

async function build(...words: string[]): Promise<BuildOptions> {
  return await readBuildOptions(readCommandWords(words, buildSpecs, { stopAtOperand: false }), context);
}

describe('readRunOptions()', () => {
  it('has defaults for everything but the image', async () => {
    assert.deepEqual(await run('image'), {
      image: 'image',
      bundle: undefined,
      config: undefined,
      settings: {
        machine: 'q35',
        cpus: 1,
        memoryMiB: 512,
        kernelPath: undefined,
        modulesDir: undefined,
        runtimePlace: 'initramfs',
        format: 'squashfs',
        verity: false,
        network: { mode: 'user', addresses: [], dns: [] },
        xen: undefined,
      },
      workload: defaultWorkload(),
      accelerator: 'auto',
      mounts: [],
      ports: [],
      keeping: {
        isDetached: false,
        name: undefined,
        restart: { policy: 'no' },
        autoRemove: true,
        labels: {},
        log: {},
      },
      tty: false,
      detachKeys: Buffer.from([0x10, 0x11]),
      timeoutMs: undefined,
      console: undefined,
      summary: false,
      quiet: false,
    });
  });

  it('reads every option', async () => {
    const line = [
      '--entrypoint /bin/sh -e A=b --env HOME -w /srv -u 1:2 --hostname box --memory 1g --cpus',
      '2 --kernel k --modules m --runtime disk --accel tcg --machine pc --network user --dns 1.1.1.1 --dns ::1',
      '--ip 10.9.8.7/16 --ip fd00::7 --timeout 1.5 --keep --log-level debug --console - -i',
      '--format erofs --stop-signal SIGRTMIN+3 --stop-timeout 0 --summary --pids-limit 9 -t -q --detach-keys a image sh -c --keep',
    ];
    const options = await run(...line.join(' ').split(' '));
    assert.deepEqual(options.settings, {
      machine: 'pc',
      cpus: 2,
      memoryMiB: 1024,
      kernelPath: 'k',
      modulesDir: 'm',
      runtimePlace: 'disk',
      format: 'erofs',
      verity: false,
      network: { mode: 'user', addresses: ['10.9.8.7/16', 'fd00::7'], dns: ['1.1.1.1', '::1'] },
      xen: undefined,
    });
    assert.deepEqual(options.workload, {
      entrypoint: '/bin/sh',
      command: ['sh', '-c', '--keep'],
      env: new Map([
        ['A', 'b'],
        ['HOME', '/root'],
      ]),
      user: '1:2',
      workingDir: '/srv',
      hostname: 'box',
      stopSignal: 'SIGRTMIN+3',
      stopGraceMs: 0,
      stdin: true,
      terminal: undefined,
      limits: { pids: 9 },
      container: {},
      health: undefined,
      logLevel: 'debug',
    });
    const { accelerator, timeoutMs, keeping, console, summary, quiet, tty, detachKeys } = options;
    assert.deepEqual([accelerator, timeoutMs, console, summary, quiet], ['tcg', 1500, '-', true, true]);
    assert.deepEqual([tty, detachKeys.toString(), keeping.autoRemove], [true, 'a', false]);
  });

  it('takes the last of repeated single options', async () => {
    const options = await run('--memory', '1g', '--memory', '2g', '--keep', '--rm', 'image');
    assert.deepEqual([options.settings.memoryMiB, options.keeping.autoRemove], [2048, true]);
  });

  describe('with env files', () => {
    let directory = '';
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'firstborn-'));
      await writeFile(join(directory, 'good.env'), 'A=file\nB=file\n');
      await writeFile(join(directory, 'bad.env'), 'A=b\n=c\n');
    });
    after(() => rm(directory, { recursive: true }));

    it('lays single variables over files, wherever they stand', async () => {
      const { workload } = await run('-e', 'A=word', '--env-file', join(directory, 'good.env'), 'image');
      assert.deepEqual(
        [...workload.env],
        [
          ['A', 'word'],
          ['B', 'file'],
        ],
      );
    });
    it('refuses a bad line with file and line', async () => {
      const path = join(directory, 'bad.env');
      await assert.rejects(run('--env-file', path, 'image'), {
        message: `Cannot read ${path}:2: the variable has no name`,
      });
    });
    it('refuses a file that is not there', async () => {
      await assert.rejects(run('--env-file', '/nonexistent', 'image'), {
        code: 'host',
        message: 'Cannot read the env file "/nonexistent"',
      });
    });
  });

  for (const [line, message] of [
    ['', 'Cannot run without an IMAGE'],
    ['--cpus 0 image', 'Cannot take "0" for --cpus: expected a whole number from 1 to 255'],
    ['--cpus 1.5 image', 'Cannot take "1.5" for --cpus: expected a whole number from 1 to 255'],
    ['--memory 64m image', 'Cannot give a machine "64m" of memory: expected 320m to 16t'],
    ['--accel hvf image', 'Cannot take "hvf" for --accel: expected auto, kvm, tcg'],
    ['--machine virt image', 'Cannot make a machine of type "virt" on x86_64'],
    ['--machine x image', 'Cannot take "x" for --machine: expected auto, q35, pc, microvm, virt'],
    ['--network host image', 'Cannot take "host" for --network: expected none, user'],
    ['--network none --ip 10.0.0.1 image', 'Cannot use --ip or --dns with --network none'],
    ['--ip 10.0.0 image', 'Cannot take "10.0.0" for --ip: expected an IP address, or one with /PREFIX'],
    [
      '--ip 10.0.0.1/33 image',
      'Cannot take "10.0.0.1/33" for --ip: expected an IP address, or one with /PREFIX',
    ],
    ['--dns localhost image', 'Cannot take "localhost" for --dns: expected an IP address'],
    ['--timeout 0 image', 'Cannot take "0" for --timeout: expected seconds from 0.001 to 2147483.647'],
    ['--timeout soon image', 'Cannot take "soon" for --timeout: expected seconds from 0.001 to 2147483.647'],
    ['--stop-timeout -1 image', 'Cannot take "-1" for --stop-timeout: expected seconds from 0 to 86400'],
    [
      '--stop-signal KILLER image',
      'Cannot take "KILLER" for --stop-signal: expected a signal such as SIGTERM or 15',
    ],
    [
      '--log-level loud image',
      'Cannot take "loud" for --log-level: expected trace, debug, info, warn, error, fatal',
    ],
    ['--format ext4 image', 'Cannot take "ext4" for --format: expected squashfs, erofs'],
    ['-w srv image', 'Cannot take "srv" for --workdir: expected an absolute path'],
    ['--workdir= image', 'Cannot take "" for --workdir: expected an absolute path'],
    [
      '--hostname a_b image',
      'Cannot take "a_b" for --hostname: expected letters, digits, inner dashes and dots, at most 64',
    ],
    ['--bundle b --config c', 'Cannot use --config with --bundle'],
    ['--bundle b image', 'Cannot take the word "image" with --bundle'],
    ['--bundle=', 'Cannot run a bundle ""'],
    ['--config= image', 'Cannot run a configuration ""'],
    ['--config c', 'Cannot run without an IMAGE'],
    ['--config c image sh', 'Cannot take the word "sh" with --config'],
    ['--bundle b --cap-add ALL', 'Cannot use --cap-add with --bundle'],
    ['--config c -e A=b image', 'Cannot use --env with --config'],
    ['--pids-limit 0 image', 'Cannot take "0" for --pids-limit: expected a whole number from 1 to 4194304'],
    ['-d --timeout 3 image', 'Cannot use --timeout with -d'],
    ['-d --summary image', 'Cannot use --summary with -d'],
    ['-e =x image', 'Cannot set the variable "=x": it has no name'],
  ] as const) {
    it(`refuses "${line}"`, async () => {
      const words = line.split(' ').filter((word) => word !== '');
      await assert.rejects(() => run(...words), { code: 'usage', message });
    });
  }
});

describe('createRequest()', () => {
  it('asks for a machine that goes with the command when that stays', async () => {
    const request = createRequest(await run('-i', '--memory', '1g', 'image', 'sh'), undefined);
    assert.deepEqual([request.image, request.memoryMiB, request.name], ['image', 1024, undefined]);
    assert.deepEqual(
      [request.autoRemove, request.stdinOnce, request.workload?.command],
      [true, true, ['sh']],
    );
  });

  it('asks for one that stays when the command does not', async () => {
    const options = await run('-d', '--name', 'web', '-l', 'a=b', '--restart', 'always', 'image');
    const request = createRequest(options, { rows: 5, columns: 6 });
    assert.deepEqual(
      [request.name, request.labels, request.restart],
      ['web', { a: 'b' }, { policy: 'always' }],
    );
    assert.deepEqual([request.autoRemove, request.stdinOnce], [false, false]);
    assert.deepEqual(request.workload?.terminal, { rows: 5, columns: 6 });
  });
});

describe('readBuildOptions()', () => {
  it('takes options on both sides of the image and a command behind --', async () => {
    const options = await build('-e', 'A=b', 'image', '-o', 'out', '--', 'sh', '-c', 'x');
    assert.deepEqual(
      [options.image, options.outDir, options.workload.command],
      ['image', 'out', ['sh', '-c', 'x']],
    );
  });

  for (const [line, message] of [
    ['-o out', 'Cannot build without an IMAGE'],
    ['image', 'Cannot build without -o DIR'],
    ['image sh -o out', 'Cannot take the word "sh": a COMMAND comes after "--"'],
    ['image --accel kvm -o out', 'Unknown option "--accel"'],
  ] as const) {
    it(`refuses "${line}"`, async () => {
      await assert.rejects(() => build(...line.split(' ')), { code: 'usage', message });
    });
  }
});
