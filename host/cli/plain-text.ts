/**
 * Text of a guest or of a user for one line of a terminal: whatever could move the cursor, break the line or
 * change its direction becomes a space. Pure.
 */
export function plainText(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ');
}

/** The characters of a text, each as wide as one place of a terminal; wide scripts are not accounted for. Pure. */
export function characters(text: string): string[] {
  return Array.from(text);
}

/** At most `width` characters, the last one `…` when something is missing. Pure. */
export function shortened(text: string, width: number): string {
  const all = characters(text);
  return all.length <= width ? text : `${all.slice(0, Math.max(0, width - 1)).join('')}…`;
}
