/** `$payload#checksum` (GDB manual, "Overview" of the Remote Serial Protocol). Pure. */
export function encodePacket(payload: string): string {
  let sum = 0;
  for (const byte of Buffer.from(payload, 'latin1')) sum = (sum + byte) & 0xff;
  return `$${payload}#${sum.toString(16).padStart(2, '0')}`;
}

/** Takes packets out of a stream of bytes. The unix socket loses nothing, so checksums and `+` are passed over. */
export class PacketReader {
  #text = '';

  /** The payloads of the packets that are whole now. */
  take(bytes: Uint8Array): string[] {
    this.#text += Buffer.from(bytes).toString('latin1');
    const payloads: string[] = [];
    for (;;) {
      const packet = /^[^$]*\$([^#]*)#[0-9a-f]{2}/i.exec(this.#text);
      if (packet === null) return payloads;
      payloads.push(packet[1] ?? '');
      this.#text = this.#text.slice(packet[0].length);
    }
  }
}
