/**
 * Plays xl(1) on a host with one domain, as a program: `fake-xl.ts DIRECTORY WORDS…`, where the directory is what its runs
 * share. `create -F -p` is the domain itself: once it is unpaused and its console is followed, a guest of fake-vm/ lives in
 * it, which does what the scenario in the kernel's command line says. What it is asked is in `words`, a line for each run.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeGuestOs } from '../fake-vm/fake-guest-os.ts';
import { readScenario } from '../fake-vm/scenario.ts';

const [directory = '', command = '', ...words] = process.argv.slice(2);
const at = (name: string): string => join(directory, name);
const domainNumber = 7;
const pollIntervalMs = 10;
const consoleDelayMs = 150;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The process of `create`, which is dead when its domain is kept. */
function domainProcess(name: string | undefined): number {
  if (!existsSync(at('domain'))) fail(`${name} is an invalid domain identifier (rc=-6)`);
  return Number(readFileSync(at('domain'), 'utf8'));
}

function create(configPath: string): void {
  process.stderr.write(`Parsing config from ${configPath}\n`);
  const config = readFileSync(configPath, 'utf8');
  const scenario = readScenario(/^cmdline = "(.*)"$/m.exec(config)?.[1] ?? '');
  const name = /^name = "(.*)"$/m.exec(config)?.[1] ?? '';
  if (scenario.manner === 'broken') fail('libxl: error: xc_dom_find_loader: no loader found: Invalid kernel');
  writeFileSync(at('domain'), String(process.pid));
  const tellEnd = (reason: number): void => {
    const isKept = reason === 3 && /^on_crash = "preserve"$/m.test(config);
    process.stderr.write(
      [
        `Domain ${domainNumber} has shut down, reason code ${reason} 0x${reason}`,
        `Action for shutdown reason code ${reason} is ${isKept ? 'preserve' : 'destroy'}`,
        ...(isKept ? [] : [`Domain ${domainNumber} needs to be cleaned up: destroying the domain`]),
        'Done. Exiting now\n',
      ].join('\n'),
    );
    if (!isKept) rmSync(at('domain'));
  };
  process.on('SIGTERM', () => {
    process.stderr.write(`Domain ${domainNumber} has been destroyed.\n`);
    process.removeAllListeners('exit');
    rmSync(at('domain'));
    process.exit(0);
  });
  let hasBegun = false;
  const begin = (): void => {
    if (hasBegun || !existsSync(at('unpaused')) || !existsSync(at('followed'))) return;
    hasBegun = true;
    rmSync(at('unpaused'));
    rmSync(at('followed'));
    const reason = scenario.manner === 'silent' ? 3 : 0;
    process.on('exit', () => tellEnd(reason));
    // oxlint-disable-next-line no-new -- it lives by its socket
    new FakeGuestOs(scenario, at('guest.sock'), 1, () => process.exit(0));
  };
  watch(directory, begin);
  begin();
  process.stderr.write(`Waiting for domain ${name} (domid ${domainNumber}) to die [pid ${process.pid}]\n`);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Goes on until the domain is gone. What the kernel says last comes behind the end of a guest that crashes. */
async function followConsole(name: string | undefined): Promise<void> {
  const pid = domainProcess(name);
  process.stdout.write('the kernel speaks\r\n');
  writeFileSync(at('followed'), '');
  while (isRunning(pid)) await delay(pollIntervalMs);
  await delay(consoleDelayMs);
  if (existsSync(at('domain'))) process.stdout.write('Kernel panic - not syncing\r\n');
  while (existsSync(at('domain'))) await delay(pollIntervalMs);
}

function destroy(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGTERM');
  else rmSync(at('domain'));
}

appendFileSync(at('words'), `${[command, ...words].join(' ')}\n`);
switch (command) {
  case 'create':
    create(words.at(-1) ?? '');
    break;
  case 'unpause':
    domainProcess(words[0]);
    writeFileSync(at('unpaused'), '');
    break;
  case 'destroy':
    destroy(domainProcess(words[0]));
    break;
  case 'console':
    await followConsole(words.at(-1));
    break;
  default:
    fail(`command not implemented: ${command}`);
}
