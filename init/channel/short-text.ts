/** Longest text that a message of the channel carries (`ShortText` of protocol/messages.ts). */
const maxTextLength = 4096;

/** Cuts a text that somebody else had a part in, such as the image's command, to what the host accepts. */
export function shortText(text: string): string {
  return text.slice(0, maxTextLength);
}
