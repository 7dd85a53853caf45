/**
 * Plays xl(1) on a host with one domain, as a program: `fake-xl.ts DIRECTORY WORDS…`, where the directory is what its runs
 * share. `create -F -p` is the domain itself: once it is unpaused, a guest of fake-vm/ lives in it, which does what the
 * scenario in the kernel's command line says. What it is asked is in `words`, a line for each run.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeGuestOs } from '../fake-vm/fake-guest-os.ts';
import { readScenario } from '../fake-vm/scenario.ts';

const [directory = '', command = '', ...words] = process.argv.slice(2);
const at = (name: string): string => join(directory, name);
const domainNumber = 7;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The process of `create`, if it runs. */
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
  process.on('exit', () => rmSync(at('domain'), { force: true }));
  process.on('SIGTERM', () => {
    process.stderr.write(`Domain ${domainNumber} has been destroyed.\n`);
    process.exit(0);
  });
  let isRunning = false;
  const begin = (): void => {
    if (isRunning || !existsSync(at('unpaused'))) return;
    isRunning = true;
    rmSync(at('unpaused'));
    const reason = scenario.manner === 'silent' ? 3 : 0;
    process.on('exit', () => {
      process.stderr.write(
        `Domain ${domainNumber} has shut down, reason code ${reason} 0x${reason}\nDone. Exiting now\n`,
      );
    });
    // oxlint-disable-next-line no-new -- it lives by its socket
    new FakeGuestOs(scenario, at('guest.sock'), 1, () => process.exit(0));
  };
  watch(directory, begin);
  begin();
  process.stderr.write(`Waiting for domain ${name} (domid ${domainNumber}) to die [pid ${process.pid}]\n`);
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
    process.kill(domainProcess(words[0]), 'SIGTERM');
    break;
  case 'console':
    domainProcess(words.at(-1));
    process.stdout.write('the kernel speaks\r\n');
    break;
  default:
    fail(`command not implemented: ${command}`);
}
