import { TcpState } from '../../protocols/tcp/tcp-state.ts';
import { INFINITE_SSTHRESH } from '../../protocols/tcp/congestion/congestion-control.ts';
import type { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';

/**
 * What `ss -i` tells of a connection, in ss's order. Not modelled: counts of bytes and segments, rates, pacing and
 * the time since the last packets, which the connection does not keep.
 */
export function tcpInfo(connection: TcpConnection | null): string {
  if (connection === null || connection.state === TcpState.TIME_WAIT) return '';
  const parts: string[] = [];
  if (connection.timestampsOk) parts.push('ts');
  if (connection.sackOk) parts.push('sack');
  if (connection.ecnOk) parts.push('ecn');
  parts.push(connection.settings.congestionControl);
  if (connection.windowScaleOk) parts.push(`wscale:${connection.sndWscale},${connection.rcvWscale}`);
  parts.push(`rto:${Math.round(connection.rtoNs / 1e6)}`);
  if (connection.backoff > 0) parts.push(`backoff:${connection.backoff}`);
  if (connection.srttUs8 > 0) {
    const rtt = milliseconds(connection.srttUs8 / 8000);
    parts.push(`rtt:${rtt}/${milliseconds(connection.mdevUs4 / 4000)}`);
  }
  if (connection.atoNs > 0) parts.push(`ato:${Math.round(connection.atoNs / 1e6)}`);
  parts.push(`mss:${connection.mssCache}`, `pmtu:${connection.pathMtu}`, `rcvmss:${connection.rcvMss}`);
  parts.push(`advmss:${connection.advertisedMss}`, `cwnd:${connection.cwnd}`);
  if (connection.ssthresh < INFINITE_SSTHRESH) parts.push(`ssthresh:${connection.ssthresh}`);
  if (connection.packetsOut > 0) parts.push(`unacked:${connection.packetsOut}`);
  if (connection.totalRetransmits > 0) {
    parts.push(`retrans:${connection.retransOut}/${connection.totalRetransmits}`);
  }
  if (connection.lostOut > 0) parts.push(`lost:${connection.lostOut}`);
  if (connection.sackedOut > 0) parts.push(`sacked:${connection.sackedOut}`);
  if (connection.delivered > 0) parts.push(`delivered:${connection.delivered}`);
  if (connection.rcvRttUs > 0) parts.push(`rcv_rtt:${milliseconds(connection.rcvRttUs / 1000)}`);
  parts.push(`rcv_space:${connection.spaceBytes}`, `rcv_ssthresh:${connection.rcvSsthresh}`);
  if (connection.minRttUs !== Infinity) parts.push(`minrtt:${milliseconds(connection.minRttUs / 1000)}`);
  return parts.join(' ');
}

/** Up to three digits after the point, none that are needless (%g). */
function milliseconds(value: number): string {
  return String(Number(value.toPrecision(6)));
}
