import { expect, test } from 'vitest';
import { transfer } from '../../bench/tcp.ts';
import { NO_IMPAIRMENTS } from '../../core/device/link/impairments.ts';

const RATE_BPS = 1e9;
const RTT_SECONDS = 0.01;
const MSS_BYTES = 1448;
const PATH = { ...NO_IMPAIRMENTS, rateBps: RATE_BPS, delayNs: (RTT_SECONDS / 2) * 1e9 };

/**
 * The average window in segments that CUBIC has at a loss rate: RFC 9438 section 5.1, figure 5 (C = 0.4, beta = 0.7), or
 * that of the Reno-friendly region (section 4.3, the average of an AIMD flow) where it is larger.
 */
function responseSegments(loss: number): number {
  const cubic = 1.054 * (RTT_SECONDS / loss) ** 0.75;
  return Math.max(cubic, Math.sqrt(1.5 / loss));
}

test('100 MB at 0.1 % loss: within 10 % of the response function of CUBIC', () => {
  const expectedMbps = (responseSegments(0.001) * MSS_BYTES * 8) / RTT_SECONDS / 1e6;
  const { goodputMbps } = transfer({ ...PATH, loss: 0.001 });
  expect(Math.abs(goodputMbps / expectedMbps - 1)).toBeLessThan(0.1);
});

test('100 MB without loss: the rate of the link, but for the headers and slow start', () => {
  // A frame of 1514 bytes takes 1538 of the medium; doubling from 10 segments to the path's 823 takes 7 round trips.
  const linkMbps = (RATE_BPS * MSS_BYTES) / 1538 / 1e6;
  const expectedSeconds = (100e6 * 8) / (linkMbps * 1e6) + 7 * RTT_SECONDS;
  const { goodputMbps } = transfer(PATH);
  expect(Math.abs((100 * 8) / expectedSeconds / goodputMbps - 1)).toBeLessThan(0.1);
});
