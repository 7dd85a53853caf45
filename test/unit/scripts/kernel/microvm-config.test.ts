/** What Firstborn can do and what systems in a guest need, against the lines of the kernel's fragment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { allShareModules } from '../../../../host/launch/share-driver.ts';
import { maxCpus, microvmKernel } from '../../../../host/launch/machine-settings.ts';
import { verityModules } from '../../../../host/preparation/verity-kernel.ts';
import { projectRoot } from '../../../support/test-images.ts';

const text = readFileSync(join(projectRoot, 'scripts/kernel/microvm.config'), 'utf8');
const lines = text.split('\n').filter((line) => line !== '');
const settings = lines.filter((line) => line.startsWith('CONFIG_'));
const enabled = new Set(
  settings.filter((line) => line.endsWith('=y')).map((line) => line.slice('CONFIG_'.length, -'=y'.length)),
);
const valueOf = (name: string): string | undefined =>
  settings.find((line) => line.startsWith(`CONFIG_${name}=`))?.split('=')[1];

/** Configuration symbols that each feature stands on, without the prefix. */
const features: Record<string, string> = {
  'a PVH entry for an uncompressed kernel': 'PVH',
  'virtio over PCI and MMIO': 'VIRTIO_PCI VIRTIO_MMIO VIRTIO_MMIO_CMDLINE_DEVICES',
  'virtio devices': 'VIRTIO_BLK VIRTIO_NET VIRTIO_CONSOLE HW_RANDOM_VIRTIO VIRTIO_BALLOON VIRTIO_MEM',
  'Xen, PV and PVH': 'XEN_PV XEN_PVH XEN_BLKDEV_FRONTEND XEN_NETDEV_FRONTEND HVC_XEN HVC_XEN_FRONTEND XENFS',
  'the image under an overlay': 'SQUASHFS SQUASHFS_ZSTD EROFS_FS OVERLAY_FS TMPFS TMPFS_XATTR',
  volumes: 'EXT4_FS VIRTIO_FS 9P_FS NET_9P_VIRTIO TMPFS',
  'verified disks': 'BLK_DEV_DM DM_VERITY CRYPTO_SHA256',
  namespaces: 'UTS_NS IPC_NS USER_NS PID_NS NET_NS TIME_NS CGROUPS',
  limits:
    'MEMCG CGROUP_PIDS CFS_BANDWIDTH CPUSETS BLK_DEV_THROTTLING BLK_CGROUP_IOCOST CGROUP_HUGETLB CGROUP_RDMA',
  'device rules': 'CGROUP_BPF BPF_SYSCALL BPF_JIT',
  "Docker's system call filter, 32-bit programs included": 'SECCOMP SECCOMP_FILTER IA32_EMULATION',
  'session keyrings': 'KEYS',
  'scripts as programs': 'BINFMT_SCRIPT BINFMT_ELF',
  'pressure and accounting': 'PSI TASKSTATS TASK_IO_ACCOUNTING VM_EVENT_COUNTERS',
  'CPUs and memory that come later':
    'HOTPLUG_CPU MEMORY_HOTPLUG ACPI_HOTPLUG_MEMORY HOTPLUG_PCI_ACPI HOTPLUG_PCI_PCIE',
  'power button and Ctrl-Alt-Del': 'ACPI_BUTTON INPUT_EVDEV KEYBOARD_ATKBD SERIO_I8042 VT',
  'entropy from the first moment on': 'RANDOM_TRUST_CPU RANDOM_TRUST_BOOTLOADER VMGENID',
  'systemd as init':
    'AUTOFS_FS FHANDLE SIGNALFD TIMERFD EPOLL INOTIFY_USER DEVTMPFS UNIX NET SYSFS PROC_FS TMPFS_POSIX_ACL',
  'networks of containers':
    'TUN VETH BRIDGE NF_TABLES NFT_NAT NFT_MASQ IP_NF_NAT IP6_NF_NAT NETFILTER_XT_MATCH_CONNTRACK',
  'a socket to the host': 'VSOCKETS VIRTIO_VSOCKETS',
  'an initramfs': 'BLK_DEV_INITRD RD_ZSTD',
  io_uring: 'IO_URING',
};

/** The symbols behind the modules that Debian's kernel would load. */
const symbolsOfModules: Record<string, string> = {
  virtiofs: 'VIRTIO_FS',
  '9p': '9P_FS',
  '9pnet_virtio': 'NET_9P_VIRTIO',
  dm_verity: 'DM_VERITY',
};

describe('microvm.config', () => {
  for (const [feature, names] of Object.entries(features)) {
    it(`has ${feature}`, () => {
      assert.deepEqual(
        names.split(' ').filter((name) => !enabled.has(name)),
        [],
      );
    });
  }

  it('has what the host would pack as modules', () => {
    const symbols = [...allShareModules, ...verityModules].map((name) => symbolsOfModules[name] ?? name);
    assert.deepEqual(
      symbols.filter((name) => !enabled.has(name)),
      [],
    );
  });

  it('takes as many CPUs as a machine can be asked to have', () => {
    assert.ok(Number(valueOf('NR_CPUS')) >= maxCpus);
  });

  it('is told by its name', () => {
    assert.equal(valueOf('LOCALVERSION'), `"-firstborn-${microvmKernel}"`);
  });

  it('has nothing as a module, nothing twice, and no line that means nothing', () => {
    const names = settings.map((line) => line.split('=')[0]);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
    const meaningful =
      /^(CONFIG_[A-Z0-9_]+=(y|\d+|"[^"]*")|# CONFIG_[A-Z0-9_]+ is not set|# [^C].*|# C(?!ONFIG_).*)$/;
    assert.deepEqual(
      lines.filter((line) => !meaningful.test(line)),
      [],
    );
  });
});

test('npm run kernel is the script that builds it', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  assert.equal(scripts['kernel'], 'bash scripts/kernel/build.sh');
});
