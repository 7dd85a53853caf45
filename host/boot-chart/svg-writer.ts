import { plainText } from '../cli/plain-text.ts';

type Attributes = Readonly<Record<string, string | number>>;

/** Text of a guest or a user for an SVG document: nothing of it is markup, and no character is one that XML lacks. */
export function escapeXml(text: string): string {
  return plainText(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function attributeText(value: string | number): string {
  return typeof value === 'string' ? escapeXml(value) : String(Math.round(value * 10) / 10);
}

/** An element; numbers are rounded to a tenth. `content` is markup. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeText(value)}"`);
  return content === undefined
    ? `<${name}${words.join('')}/>`
    : `<${name}${words.join('')}>${content}</${name}>`;
}

/** A text element. */
export function textElement(attributes: Attributes, text: string): string {
  return element('text', attributes, escapeXml(text));
}
