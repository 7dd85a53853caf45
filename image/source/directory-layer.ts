import { FirstbornError } from '../../protocol/errors.ts';
import type { ImageLayer } from './image-layer.ts';
import { Program } from './program.ts';

/**
 * Arguments of GNU tar(1) that keep all there is to keep: numeric owners, times with nanoseconds, devices, hard
 * links and every extended attribute. Names are sorted so that the stream is the same each time; sockets are
 * left out by tar itself.
 */
const tarArguments =
  '--create --file=- --format=posix --sort=name --numeric-owner --xattrs --xattrs-include=* ' +
  '--one-file-system --pax-option=delete=atime,delete=ctime --warning=no-file-ignored .';

/**
 * A root file system directory as a tar stream. Node has no call for extended attributes, so GNU tar reads the
 * directory; both passes run it anew. What is mounted below it, such as a /proc, is left out. tar knows hard links of files only: a device with two names becomes two
 * devices. Needs the rights to read every file.
 */
export function directoryLayer(path: string): ImageLayer {
  return {
    name: `directory "${path}"`,
    storedBytes: undefined,
    hasWhiteouts: false,
    requireEndMarker: true,
    async *open(_pass, options) {
      const program = new Program('tar', tarArguments.split(' '), {
        workingDirectory: path,
        signal: options.signal,
      });
      try {
        for await (const chunk of program.output) {
          options.signal?.throwIfAborted();
          options.onBytes?.((chunk as Buffer).length);
          yield chunk as Buffer;
        }
        await program.done().catch((cause: unknown) => {
          throw new FirstbornError('image', `Cannot read directory "${path}"`, { cause });
        });
      } finally {
        await program.kill();
      }
    },
    verifyStored: () => Promise.resolve(),
  };
}
