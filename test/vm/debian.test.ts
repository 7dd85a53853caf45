import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debianTar } from '../support/test-images.ts';
import { expectExit, runFirstborn } from '../support/run-firstborn.ts';

/** Runs inside: starts nginx, asks it over every address, and reads the network back with iproute2. */
const probe = `
import json, os, socket, subprocess, time, urllib.request

def ip(*words):
    return json.loads(subprocess.run(["ip", "-j", *words], check=True, capture_output=True).stdout or "[]")

def fetch(host):
    with urllib.request.urlopen(f"http://{host}/", timeout=30) as response:
        return response.status, response.headers["Server"], response.read().decode().strip()

report = {"addresses": {}, "routes": {}, "fetched": {}}
for link in ip("addr"):
    report["addresses"][link["ifname"]] = {
        "up": "UP" in link["flags"],
        "addresses": sorted(f"{one['local']}/{one['prefixlen']}" for one in link["addr_info"] if one["scope"] != "link"),
    }
report["routes"]["4"] = ip("route")
report["routes"]["6"] = [route for route in ip("-6", "route") if route["dst"] == "default"]
with open("/var/www/html/index.html", "w") as page:
    page.write("served from a microVM")
subprocess.run(["nginx"], check=True)
for host in json.loads(os.environ["HOSTS"]):
    report["fetched"][host] = fetch(host)
report["os"] = open("/etc/debian_version").read().strip()
report["hostname"] = socket.gethostname()
report["own address"] = socket.gethostbyname(socket.gethostname())
subprocess.run(["nginx", "-s", "quit"], check=True)
print(json.dumps(report))
`;

interface Route {
  dst: string;
  gateway?: string;
  dev: string;
}

interface Report {
  addresses: Record<string, { up: boolean; addresses: string[] }>;
  routes: { 4: Route[]; 6: Route[] };
  fetched: Record<string, [status: number, server: string, body: string]>;
  os: string;
  hostname: string;
  'own address': string;
}

async function probeDebian(options: string[], hosts: string[]): Promise<Report> {
  const machine = ['--memory', '768m', '--hostname', 'debian', '-e', `HOSTS=${JSON.stringify(hosts)}`];
  const result = await runFirstborn([...machine, ...options, debianTar, 'python3', '-c', probe]);
  expectExit(result, 0);
  return JSON.parse(result.stdout.toString()) as Report;
}

function assertServed(report: Report, hosts: string[]): void {
  assert.deepEqual(Object.keys(report.fetched), hosts);
  for (const [status, server, body] of Object.values(report.fetched)) {
    assert.deepEqual([status, server.split('/')[0], body], [200, 'nginx', 'served from a microVM']);
  }
}

const defaultRoute = (routes: Route[]): unknown =>
  routes.filter((route) => route.dst === 'default').map(({ gateway, dev }) => ({ gateway, dev }));

test('nginx serves in a Debian root over loopback, IPv4 and IPv6', async () => {
  const hosts = ['127.0.0.1', '[::1]', '10.0.2.15', '[fec0::15]'];
  const report = await probeDebian([], hosts);
  assertServed(report, hosts);
  assert.match(report.os, /^12\./);
  assert.deepEqual([report.hostname, report['own address']], ['debian', '127.0.1.1']);
  assert.deepEqual(report.addresses, {
    lo: { up: true, addresses: ['127.0.0.1/8', '::1/128'] },
    eth0: { up: true, addresses: ['10.0.2.15/24', 'fec0::15/64'] },
  });
  assert.deepEqual(defaultRoute(report.routes[4]), [{ gateway: '10.0.2.2', dev: 'eth0' }]);
  assert.deepEqual(defaultRoute(report.routes[6]), [{ gateway: 'fec0::2', dev: 'eth0' }]);
});

test('an IPv4 address alone gives an IPv4-only machine', async () => {
  const report = await probeDebian(['--ip', '192.168.77.10/24'], ['192.168.77.10']);
  assertServed(report, ['192.168.77.10']);
  assert.deepEqual(report.addresses['eth0'], { up: true, addresses: ['192.168.77.10/24'] });
  assert.deepEqual(defaultRoute(report.routes[4]), [{ gateway: '192.168.77.2', dev: 'eth0' }]);
  assert.deepEqual(report.routes[6], []);
});

test('an IPv6 address alone gives an IPv6-only machine', async () => {
  const report = await probeDebian(['--ip', 'fd00:77::10/64'], ['[fd00:77::10]']);
  assertServed(report, ['[fd00:77::10]']);
  assert.deepEqual(report.addresses['eth0'], { up: true, addresses: ['fd00:77::10/64'] });
  assert.deepEqual(report.routes[4], []);
  assert.deepEqual(defaultRoute(report.routes[6]), [{ gateway: 'fd00:77::2', dev: 'eth0' }]);
});

test('without a network only loopback is there', async () => {
  const report = await probeDebian(['--network', 'none'], ['127.0.0.1', '[::1]']);
  assertServed(report, ['127.0.0.1', '[::1]']);
  assert.deepEqual(Object.keys(report.addresses), ['lo']);
});
