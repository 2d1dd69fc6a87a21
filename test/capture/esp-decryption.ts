import { runOn } from './wireshark.ts';

export interface EspDecryption {
  /** ESP packets of the capture, fragments put together. */
  readonly packets: number;
  /** Those that tshark could not open with the keys, or whose ICV it found wrong: frame number, SPI. */
  readonly closed: readonly string[];
  /** SPIs of the packets that were opened. */
  readonly spis: readonly string[];
}

/** Lets tshark open a capture's ESP with the lines of a run's esp_sa. */
export function decryptEsp(capture: Uint8Array, espSa: string): EspDecryption {
  const preferences = ['esp.enable_encryption_decode:TRUE', 'esp.enable_authentication_check:TRUE'];
  for (const line of espSa.trim().split('\n')) if (line !== '') preferences.push(`uat:esp_sa:${line}`);
  const fields = ['frame.number', 'esp.spi', 'esp.protocol', 'esp.icv_bad'];
  const text = runOn(capture, 'tshark', (file) => [
    ...['-r', file, '-Y', 'esp', '-T', 'fields'],
    ...preferences.flatMap((preference) => ['-o', preference]),
    ...fields.flatMap((field) => ['-e', field]),
  ]);
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const isOpen = ([, , protocol, isBad]: string[]) => protocol !== '' && isBad !== '1' && isBad !== 'True';
  return {
    packets: rows.length,
    closed: rows.filter((row) => !isOpen(row)).map(([number, spi]) => `frame ${number}, SPI ${spi}`),
    spis: [...new Set(rows.filter(isOpen).map(([, spi]) => spi!))],
  };
}
