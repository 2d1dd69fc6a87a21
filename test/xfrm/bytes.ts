/** Bytes from hexadecimal digits; an optional 0x in front. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/^0x/, '');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
