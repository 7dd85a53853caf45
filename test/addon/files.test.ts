import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MS_NODEV, O_DIRECTORY, O_PATH, O_RDONLY } from '../../addon/constants.ts';
import { CLONE_NEWNS } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { runChild, shell } from './support/child.ts';
import { native } from './support/native.ts';
import { scratchDirectory } from './support/scratch.ts';

const scratch = scratchDirectory();
const at = (name: string): string => join(scratch, name);

/** Runs a plan here that must succeed. */
function run(plan: Plan): void {
  const result = native.runPlan(plan.bytes());
  assert.deepEqual(result, { state: 'done', warnings: [] }, describeResult(plan, result));
}

/** Runs a plan here that must fail with its last operation, and gives the errno's name. */
function failureOf(plan: Plan): string {
  const result = native.runPlan(plan.bytes());
  assert.ok(result.state === 'failed');
  assert.equal(result.failure.operation, plan.length - 1);
  return plan.describeFailure(result.failure).code;
}

function describeResult(plan: Plan, result: ReturnType<typeof native.runPlan>): string {
  return result.state === 'failed' ? JSON.stringify(plan.describeFailure(result.failure)) : '';
}

const permissions = (path: string): number => statSync(path).mode & 0o7777;

describe('makeDirectory()', () => {
  it('gives the exact mode whatever the umask', () => {
    const before = process.umask(0o077);
    run(new Plan().makeDirectory(at('exact'), 0o1777));
    process.umask(before);
    assert.equal(permissions(at('exact')), 0o1777);
  });

  it('reports an existing directory', () => {
    assert.equal(failureOf(new Plan().makeDirectory(scratch, 0o755)), 'EEXIST');
  });
});

describe('makeDirectories()', () => {
  it('makes what is missing and leaves what exists alone', () => {
    mkdirSync(at('kept'), { mode: 0o700 });
    run(new Plan().makeDirectories(at('kept/a//b/c/'), 0o2751));
    assert.equal(permissions(at('kept')), 0o700);
    for (const made of ['kept/a', 'kept/a/b', 'kept/a/b/c']) assert.equal(permissions(at(made)), 0o2751);
  });

  it('accepts that everything exists, the root too', () => {
    run(new Plan().makeDirectories(scratch, 0o755).makeDirectories('/', 0o755).makeDirectories('//', 0o755));
  });

  it('follows a symbolic link to a directory and refuses one to nowhere', () => {
    mkdirSync(at('real'));
    symlinkSync('real', at('link'));
    symlinkSync('nowhere', at('dangling'));
    run(new Plan().makeDirectories(at('link/inside'), 0o755));
    assert.ok(statSync(at('real/inside')).isDirectory());
    assert.equal(failureOf(new Plan().makeDirectories(at('dangling'), 0o755)), 'EEXIST');
    assert.equal(failureOf(new Plan().makeDirectories(at('dangling/x'), 0o755)), 'ENOENT');
  });

  it('refuses files, the empty path and a path too long', () => {
    writeFileSync(at('file'), '');
    assert.equal(failureOf(new Plan().makeDirectories(at('file'), 0o755)), 'EEXIST');
    assert.equal(failureOf(new Plan().makeDirectories(at('file/x'), 0o755)), 'ENOTDIR');
    assert.equal(failureOf(new Plan().makeDirectories('', 0o755)), 'ENOENT');
    assert.equal(failureOf(new Plan().makeDirectories('/a'.repeat(2048), 0o755)), 'ENAMETOOLONG');
  });
});

describe('symlink(), remove() and removeDirectory()', () => {
  it('make and remove', () => {
    run(new Plan().symlink('/some/target', at('symlink')).makeDirectory(at('directory'), 0o755));
    assert.equal(readlinkSync(at('symlink')), '/some/target');
    assert.equal(failureOf(new Plan().remove(at('directory'))), 'EISDIR');
    assert.equal(failureOf(new Plan().removeDirectory(at('symlink'))), 'ENOTDIR');
    run(new Plan().remove(at('symlink')).removeDirectory(at('directory')));
    assert.equal(failureOf(new Plan().remove(at('symlink'))), 'ENOENT');
  });
});

describe('makeNode()', () => {
  it('makes devices with large numbers and exact modes, and FIFOs', () => {
    const before = process.umask(0o077);
    run(
      new Plan()
        .makeNode(at('char'), 'char', 0o666, 1, 3)
        .makeNode(at('block'), 'block', 0o660, 259, 70_000)
        .makeNode(at('fifo'), 'fifo', 0o622, 0, 0),
    );
    process.umask(before);
    assert.ok(lstatSync(at('char')).isCharacterDevice());
    assert.equal(lstatSync(at('char')).rdev, (1 << 8) | 3);
    assert.equal(permissions(at('char')), 0o666);
    const { rdev } = lstatSync(at('block'));
    const minor = (rdev & 0xff) | ((rdev >> 12) & ~0xff);
    assert.deepEqual([(rdev >> 8) & 0xfff, minor], [259, 70_000]);
    assert.ok(lstatSync(at('fifo')).isFIFO());
    assert.equal(permissions(at('fifo')), 0o622);
  });
});

describe('changeMode() and changeOwner()', () => {
  it('follow links, and 0xffffffff leaves an id alone', () => {
    writeFileSync(at('owned'), '');
    symlinkSync('owned', at('to-owned'));
    run(
      new Plan()
        .changeOwner(at('to-owned'), 1234, 0xffff_ffff)
        .changeOwner(at('owned'), 0xffff_ffff, 5678)
        .changeMode(at('to-owned'), 0o4711),
    );
    const { uid, gid } = lstatSync(at('owned'));
    assert.deepEqual([uid, gid, permissions(at('owned'))], [1234, 5678, 0o4711]);
  });
});

describe('changeOwnerOfFd()', () => {
  it('changes a descriptor of the process', () => {
    const fd = native.openInRoot(scratch, '/', O_RDONLY, 0);
    run(new Plan().changeOwnerOfFd(fd, 4321, 8765));
    const { uid, gid } = statSync(scratch);
    run(new Plan().changeOwnerOfFd(fd, 0, 0));
    assert.deepEqual([uid, gid], [4321, 8765]);
    assert.equal(failureOf(new Plan().changeOwnerOfFd(1_000_000, 0, 0)), 'EBADF');
  });
});

describe('writeFile()', () => {
  it('creates with an exact mode, truncates, appends and overwrites', () => {
    const path = at('written');
    const before = process.umask(0o077);
    run(new Plan().writeFile(path, 'first', { create: true, mode: 0o664 }));
    process.umask(before);
    assert.equal(permissions(path), 0o664);
    run(new Plan().writeFile(path, '+', { append: true }));
    assert.equal(readFileSync(path, 'utf8'), 'first+');
    run(new Plan().writeFile(path, 'F', { create: true, mode: 0o600 }));
    assert.equal(readFileSync(path, 'utf8'), 'First+');
    assert.equal(permissions(path), 0o664, 'an existing file keeps its mode');
    run(new Plan().writeFile(path, Uint8Array.of(0, 255), { truncate: true }));
    assert.deepEqual([...readFileSync(path)], [0, 255]);
    run(new Plan().writeFile(path, '', { truncate: true }));
    assert.equal(readFileSync(path).length, 0);
  });

  it('refuses a missing file, a directory and, when told so, a symbolic link', () => {
    symlinkSync('written', at('written-link'));
    assert.equal(failureOf(new Plan().writeFile(at('missing'), 'x')), 'ENOENT');
    assert.equal(failureOf(new Plan().writeFile(scratch, 'x')), 'EISDIR');
    const noFollow = { noFollow: true, create: true };
    assert.equal(failureOf(new Plan().writeFile(at('written-link'), 'x', noFollow)), 'ELOOP');
  });

  it('does not wait for the reader of a FIFO', () => {
    run(new Plan().makeNode(at('lonely'), 'fifo', 0o600, 0, 0));
    assert.equal(failureOf(new Plan().writeFile(at('lonely'), 'x')), 'ENXIO');
  });

  it("passes on what a proc file says to the value's one write", () => {
    assert.equal(failureOf(new Plan().writeFile('/proc/self/oom_score_adj', '5000')), 'EINVAL');
    run(new Plan().writeFile('/proc/self/oom_score_adj', '0'));
  });
});

describe('tolerance', () => {
  it('counts an accepted errno as success and reports any other', () => {
    run(new Plan().makeDirectory(scratch, 0o755, { accept: ['ENOENT', 'EEXIST'] }));
    assert.equal(failureOf(new Plan().makeDirectory(scratch, 0o755, { accept: ['ENOENT'] })), 'EEXIST');
  });

  it('warns and goes on, in order, up to the failure', () => {
    const plan = new Plan()
      .remove(at('no'), { orWarn: true })
      .makeDirectory(at('warned'), 0o755)
      .removeDirectory(at('no'), { accept: ['EEXIST'], orWarn: true })
      .remove(at('warned'))
      .makeDirectory(at('never'), 0o755);
    assert.deepEqual(native.runPlan(plan.bytes()), {
      state: 'failed',
      failure: { operation: 3, errno: 21 },
      warnings: [
        { operation: 0, errno: 2 },
        { operation: 2, errno: 2 },
      ],
    });
    assert.ok(statSync(at('warned')).isDirectory());
    assert.throws(() => statSync(at('never')), { code: 'ENOENT' });
  });
});

describe('slots', () => {
  it('hold descriptors, are filled again and are closed at the end', async () => {
    const { output } = await runChild((plan) => {
      plan
        .openPath(0, '/', O_PATH | O_DIRECTORY)
        .openPath(0, scratch, O_PATH | O_DIRECTORY)
        .changeDirectoryToSlot(0);
      shell(plan, 'pwd; ls -l /proc/self/fd | grep -c firstborn-addon');
    });
    assert.deepEqual(output.split('\n'), [scratch, '0', '']);
  });

  it('that are empty give EBADF', () => {
    assert.equal(failureOf(new Plan().changeDirectoryToSlot(0)), 'EBADF');
    assert.equal(failureOf(new Plan().moveMount(1, scratch)), 'EBADF');
    assert.equal(failureOf(new Plan().setNamespace(2, 0)), 'EBADF');
    assert.equal(failureOf(new Plan().duplicateSlot(3, 900)), 'EBADF');
  });
});

describe('checkWorkingDirectory()', () => {
  it('accepts a directory inside the root', async () => {
    const { handshake } = await runChild((plan) => plan.changeDirectory('/tmp').checkWorkingDirectory());
    assert.deepEqual(handshake, { state: 'ended', warnings: [] });
  });

  it('refuses a directory outside the root', async () => {
    const { failure } = await runChild((plan) => {
      plan.changeDirectory('/usr').changeRoot(scratch).checkWorkingDirectory();
    });
    assert.deepEqual([failure?.syscall, failure?.code], ['getcwd', 'ENOENT']);
  });
});

describe('changeRoot() and changeDirectory()', () => {
  it('confine absolute paths', async () => {
    mkdirSync(at('root/inner'), { recursive: true });
    const { handshake } = await runChild((plan) => {
      plan.changeRoot(at('root')).changeDirectory('/').checkWorkingDirectory();
      plan.makeDirectory('/inner/made', 0o755).changeDirectory('/inner');
    });
    assert.equal(handshake.state, 'ended');
    assert.ok(statSync(at('root/inner/made')).isDirectory());
  });

  it('report a missing directory', async () => {
    const { failure } = await runChild((plan) => plan.changeDirectory(at('gone')));
    assert.deepEqual([failure?.code, failure?.arguments], ['ENOENT', [at('gone')]]);
  });
});

describe('sync()', () => {
  it('returns', async () => {
    const { handshake } = await runChild(
      (plan) => plan.mount({ target: '/', flags: MS_NODEV }, { orWarn: true }).sync(),
      { namespaces: CLONE_NEWNS },
    );
    assert.equal(handshake.state, 'ended');
  });
});
