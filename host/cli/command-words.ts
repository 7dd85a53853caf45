/**
 * What `scripts/firstborn` puts before every word. Node obeys some of its options wherever they stand on the
 * command line, the workload's words included: `--env-file` and configuration files, which can make it load
 * code. A marked word is none of them.
 */
const mark = ':';

/** The words as they were typed. Without a mark on the first one they came another way and stay as they are. */
export function commandWords(words: readonly string[]): string[] {
  const areMarked = words[0]?.startsWith(mark) === true;
  return words.map((word) => (areMarked ? word.slice(mark.length) : word));
}
