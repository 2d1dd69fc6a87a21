import type { TransferResult } from './transfer.ts';

const HEADING =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n' +
  '                                 Dload  Upload   Total   Spent    Left  Speed\n';
const NO_TIME = '--:--:--';
const EMPTY_LINE = `\r  0     0    0     0    0     0      0      0 ${NO_TIME} ${NO_TIME} ${NO_TIME}     0`;

/** What the progress meter shows before a transfer (lib/progress.c). Not modelled: its updates during one. */
export function meterStart(): string {
  return HEADING + EMPTY_LINE;
}

/** Its last line. */
export function meterEnd(result: TransferResult): string {
  const { sizeDownload: received, sizeUpload: sent, expectedBytes } = result;
  const total = (expectedBytes >= 0 ? expectedBytes : received) + sent;
  const elapsedS = (result.endNs - result.startNs) / 1e9;
  const rate = (bytes: number) => (elapsedS === 0 ? bytes : Math.floor(bytes / elapsedS));
  const percent = (bytes: number, of: number) => (of === 0 ? 0 : Math.floor((bytes * 100) / of));
  const spent = elapsedS < 1 ? NO_TIME : clock(Math.floor(elapsedS));
  const columns = [
    String(percent(received + sent, total)).padStart(3),
    size(total).padStart(5),
    String(percent(received, expectedBytes >= 0 ? expectedBytes : received)).padStart(4),
    size(received).padStart(5),
    String(percent(sent, sent)).padStart(4),
    size(sent).padStart(5),
    size(rate(received)).padStart(6),
    size(rate(sent)).padStart(6),
  ];
  return `\r${columns.join(' ')} ${elapsedS < 1 ? NO_TIME : spent} ${spent} ${NO_TIME} ${size(rate(received + sent)).padStart(5)}\n`;
}

/** A count of bytes in five columns: 12345, 120k, 15.3M. */
function size(bytes: number): string {
  if (bytes < 100_000) return String(bytes);
  if (bytes < 10_000 * 1024) return `${Math.floor(bytes / 1024)}k`;
  if (bytes < 100 * 1024 ** 2) return `${(Math.floor((bytes * 10) / 1024 ** 2) / 10).toFixed(1)}M`;
  if (bytes < 10_000 * 1024 ** 2) return `${Math.floor(bytes / 1024 ** 2)}M`;
  return `${(Math.floor((bytes * 10) / 1024 ** 3) / 10).toFixed(1)}G`;
}

function clock(total: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(Math.floor(total / 3600)).padStart(2)}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}
