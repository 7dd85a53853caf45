import type { Dir } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { type ErrorCode, FirstbornError } from '../errors.ts';
import { decodePathBytes } from '../path-bytes.ts';
import { closeFd, pathOfFd } from './descriptor-calls.ts';
import { fileFailure } from './file-failure.ts';
import { type FileNode, openNode } from './file-node.ts';
import { isKernelTree } from './kernel-trees.ts';

/** Directories inside one another: each costs two descriptors while the copy is in it. */
export const maxTreeDepth = 128;

/** A node with its path in the tree. */
export interface TreeNode extends FileNode {
  /** Begins with the name that the top was given; no leading slash. */
  readonly path: string;
}

interface Level {
  readonly node: TreeNode;
  readonly names: Dir;
}

/**
 * Yields the top and everything below it, a directory before what is in it. Links are not followed, mounts are;
 * a mounted procfs, sysfs or the like below the top comes as an empty directory. What vanishes meanwhile is
 * left out. A node's descriptor is open until the next node is asked for; the top's stays the caller's.
 */
export async function* walkTree(top: FileNode, name: string, errorCode: ErrorCode): AsyncGenerator<TreeNode> {
  const levels: Level[] = [];
  try {
    const topNode = { ...top, path: name };
    yield topNode;
    if (top.stat.isDirectory()) levels.push(await enter(topNode, errorCode));
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const node = await nextIn(level, errorCode);
      if (node === undefined) {
        levels.pop();
        await leave(level, top.fd);
        continue;
      }
      let entered = false;
      try {
        yield node;
        if (!node.stat.isDirectory() || (await isForeign(node, level.node))) continue;
        if (levels.length === maxTreeDepth) {
          throw new FirstbornError(
            errorCode,
            `Cannot read ${JSON.stringify(node.path)}: it is more than ${maxTreeDepth} directories deep`,
          );
        }
        levels.push(await enter(node, errorCode));
        entered = true;
      } finally {
        if (!entered) await closeFd(node.fd);
      }
    }
  } finally {
    for (const level of levels) await leave(level, top.fd);
  }
}

async function enter(node: TreeNode, errorCode: ErrorCode): Promise<Level> {
  try {
    // Names as bytes: Node's types know no such Dir.
    const options = { encoding: 'buffer' as BufferEncoding };
    return { node, names: await opendir(pathOfFd(node.fd), options) };
  } catch (error) {
    throw fileFailure(errorCode, `Cannot read the directory ${JSON.stringify(node.path)}`, error);
  }
}

async function leave({ node, names }: Level, topFd: number): Promise<void> {
  await names.close();
  if (node.fd !== topFd) await closeFd(node.fd);
}

/** The next thing in a directory that is still there; `undefined` at its end. */
async function nextIn({ node, names }: Level, errorCode: ErrorCode): Promise<TreeNode | undefined> {
  let path = node.path;
  try {
    for (let entry = await names.read(); entry !== null; entry = await names.read()) {
      const name = decodePathBytes(entry.name as unknown as Buffer);
      path = node.path === '' ? name : `${node.path}/${name}`;
      const child = await openNode(node.fd, name);
      if (child !== undefined) return { ...child, path };
    }
    return undefined;
  } catch (error) {
    throw fileFailure(errorCode, `Cannot read ${JSON.stringify(path)}`, error);
  }
}

/** Asked only where another file system begins. */
async function isForeign(node: TreeNode, parent: TreeNode): Promise<boolean> {
  return node.stat.dev !== parent.stat.dev && (await isKernelTree(node.fd));
}
