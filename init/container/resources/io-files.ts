import type { SpecResources, SpecThrottle } from '../../../protocol/oci/runtime-spec.ts';
import type { CgroupFile } from './cgroup-file.ts';
import { deviceText, limitText, wholeNumber } from './limit-text.ts';

type SpecBlockIO = NonNullable<SpecResources['blockIO']>;

const path = 'linux.resources.blockIO';
const minWeight = 10;
const maxWeight = 1000;

/**
 * The weight goes to the BFQ scheduler, whose scale is cgroup1's. Without it there is io.weight, whose [1, 10000] takes
 * the place of [10, 1000] in a straight line. `device` is empty for the weight of all disks.
 */
function weightFile(weight: number, device: string, weightPath: string): CgroupFile {
  wholeNumber(weight, minWeight, maxWeight, weightPath);
  const converted = 1 + Math.floor(((weight - minWeight) * 9999) / (maxWeight - minWeight));
  return {
    name: 'io.bfq.weight',
    value: `${device}${weight}`,
    otherwise: { name: 'io.weight', value: `${device}${converted}` },
  };
}

function weightFiles({ weight = 0, weightDevice = [] }: SpecBlockIO): CgroupFile[] {
  const files = weight === 0 ? [] : [weightFile(weight, '', `${path}.weight`)];
  weightDevice.forEach((device, index) => {
    const devicePath = `${path}.weightDevice[${index}]`;
    if (device.weight === undefined || device.weight === 0) return;
    files.push(weightFile(device.weight, `${deviceText(device, devicePath)} `, `${devicePath}.weight`));
  });
  return files;
}

/** A rate of 0 is cgroup1's way to lift a limit; io.max refuses it. */
const rateText = (rate: number, ratePath: string): string => (rate === 0 ? 'max' : limitText(rate, ratePath));

function throttleFiles(blockIO: SpecBlockIO): CgroupFile[] {
  const throttles: [member: string, key: string, devices: SpecThrottle[] | undefined][] = [
    ['throttleReadBpsDevice', 'rbps', blockIO.throttleReadBpsDevice],
    ['throttleWriteBpsDevice', 'wbps', blockIO.throttleWriteBpsDevice],
    ['throttleReadIOPSDevice', 'riops', blockIO.throttleReadIOPSDevice],
    ['throttleWriteIOPSDevice', 'wiops', blockIO.throttleWriteIOPSDevice],
  ];
  return throttles.flatMap(([member, key, devices = []]) =>
    devices.map((device, index) => {
      const devicePath = `${path}.${member}[${index}]`;
      const rate = rateText(device.rate, `${devicePath}.rate`);
      return { name: 'io.max', value: `${deviceText(device, devicePath)} ${key}=${rate}` };
    }),
  );
}

/** Weights and rates of disks. Pure. */
export function ioFiles(blockIO: SpecBlockIO): CgroupFile[] {
  return [...weightFiles(blockIO), ...throttleFiles(blockIO)];
}
