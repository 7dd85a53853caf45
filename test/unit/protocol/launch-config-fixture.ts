/** A sound launch config in which the value at `path` (`network.mtu`) is another, or absent when `undefined`. */
export function withValue(path: string, value: unknown): unknown {
  const config: Record<string, unknown> = {
    version: 1,
    root: { format: 'squashfs' },
    process: { env: { A: '1' } },
    network: { link: 'eth0' },
    limits: {},
  };
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((object, key) => object[key] as Record<string, unknown>, config);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return config;
}
