import type { NetNamespace } from '../../../core/namespace/net-namespace.ts';
import type { SecurityAssociation } from '../../../core/xfrm/security-association.ts';
import type { XfrmLimits, XfrmUsage } from '../../../core/xfrm/xfrm-lifetime.ts';
import type { XfrmPolicy, XfrmTemplate } from '../../../core/xfrm/xfrm-policy.ts';
import type { XfrmMark, XfrmSelector } from '../../../core/xfrm/xfrm-selector.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { SIMULATION_START_S, civilTime } from '../../../core/sim/civil-time.ts';
import { protocolText, xfrmProtocolText } from './arguments.ts';
import { extraFlagsText, stateFlags, stateFlagsText } from './flags.ts';

/** How much is printed. */
export interface XfrmTextOptions {
  statistics: boolean;
  noKeys: boolean;
}

/** One association as `ip xfrm state` of iproute2 6.1 prints it. */
export function stateText(
  netns: NetNamespace,
  association: SecurityAssociation,
  options: XfrmTextOptions,
): string {
  const { replay, algorithms, mark, outputMark, stats } = association;
  const flags = stateFlags(association);
  let text = idText(association, true, association.mode, association.reqid, options);
  // The old window of 32 numbers, or the new one, in whose message this number is 0.
  const old = !usesNewWindow(association);
  text += `\treplay-window ${old ? replay.windowSize : 0} `;
  if (options.statistics) text += 'seq 0x00000000 ';
  if (options.statistics || flags !== 0) text += `flag ${stateFlagsText(flags)}`;
  if (options.statistics) text += ` (0x${hex8(flags)})`;
  text += '\n';
  if (mark.mask !== 0) text += `\t${markText(mark)}\n`;
  const { aead, authentication, encryption } = algorithms;
  if (authentication !== null) {
    text += `\tauth-trunc ${algorithmText(authentication, options)} ${authentication.truncBits}\n`;
  }
  if (aead !== null) text += `\taead ${algorithmText(aead, options)} ${aead.icvBits}\n`;
  if (encryption !== null) text += `\tenc ${algorithmText(encryption, options)}\n`;
  text += old ? oldReplayText(association) : newReplayText(association);
  if (outputMark !== null)
    text += `\toutput-mark 0x${outputMark.value.toString(16)}/0x${outputMark.mask.toString(16)} \n`;
  const extra = extraFlagsText(association);
  if (extra !== '') text += `\textra_flag ${extra}\n`;
  text += `\tsel ${selectorText(netns, association.selector, options)}\n`;
  if (options.statistics) {
    text += lifetimeText(association.limits, association.usage);
    text += `\tstats:\n\t  replay-window ${stats.replayWindow} replay ${stats.replay} failed ${stats.integrityFailed}\n`;
  }
  return text;
}

/** One policy as `ip xfrm policy` prints it. */
export function policyText(netns: NetNamespace, policy: XfrmPolicy, options: XfrmTextOptions): string {
  const { statistics } = options;
  let text = `${selectorText(netns, policy.selector, options)}\n\tdir ${policy.direction} `;
  if (policy.action === 'block') text += 'action block ';
  else if (statistics) text += 'action allow ';
  if (statistics) text += `index ${policy.index} `;
  text += `priority ${policy.priority} ptype main `;
  if (statistics) text += 'share any ';
  if (statistics || policy.flags !== 0) text += `flag ${policyFlagsText(policy.flags)}`;
  if (statistics) text += ` (0x${hex8(policy.flags)})`;
  text += '\n';
  if (statistics) text += lifetimeText(policy.limits, policy.usage);
  if (policy.mark.mask !== 0) text += `\t${markText(policy.mark)}\n`;
  for (const template of policy.templates) text += templateText(template, options);
  return text;
}

function templateText(template: XfrmTemplate, options: XfrmTextOptions): string {
  const { statistics } = options;
  const lines = idText(template, false, template.mode, template.reqid, options).split('\n');
  let text = `\ttmpl ${lines[0]}\n\t${lines[1]}\n`;
  if (statistics || template.optional) {
    text += `\t\t${template.optional ? 'level use ' : 'level required '}${statistics ? 'share any ' : ''}\n`;
  }
  if (statistics) text += '\t\tenc-mask ffffffff auth-mask ffffffff comp-mask ffffffff\n';
  return text;
}

/** xfrm_id_info_print, two lines. */
function idText(
  id: { source: number; destination: number; protocol: number; spi: number },
  forceSpi: boolean,
  mode: string,
  reqid: number,
  { statistics }: XfrmTextOptions,
): string {
  let text = `src ${formatIpv4(id.source)} dst ${formatIpv4(id.destination)}\n`;
  text += `\tproto ${xfrmProtocolText(id.protocol)} `;
  if (statistics || forceSpi || id.spi !== 0)
    text += `spi 0x${hex8(id.spi)}${statistics ? `(${id.spi})` : ''} `;
  return `${text}reqid ${reqid}${statistics ? `(0x${hex8(reqid)})` : ''} mode ${mode}\n`;
}

/** xfrm_selector_print without the end of the line. */
function selectorText(netns: NetNamespace, selector: XfrmSelector, { statistics }: XfrmTextOptions): string {
  const { protocol, sourcePort, destinationPort } = selector;
  let text = `src ${formatIpv4(selector.source)}/${selector.sourceLength} `;
  text += `dst ${formatIpv4(selector.destination)}/${selector.destinationLength} `;
  if (protocol !== 0) text += `proto ${protocolText(protocol)} `;
  const [first, second] = protocol === PROTO.ICMP ? ['type', 'code'] : ['sport', 'dport'];
  if (sourcePort >= 0) text += `${first} ${sourcePort} `;
  if (destinationPort >= 0) text += `${second} ${destinationPort} `;
  if (selector.ifindex !== 0)
    text += `dev ${netns.deviceByIndex(selector.ifindex)?.name ?? `if${selector.ifindex}`} `;
  return statistics ? `${text}uid 0` : text;
}

function algorithmText(
  algorithm: { name: string; key: Uint8Array },
  { statistics, noKeys }: XfrmTextOptions,
): string {
  const digits = Array.from(algorithm.key, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const key = noKeys ? '<<Keys hidden>>' : `0x${digits}`;
  return `${algorithm.name} ${key}${statistics ? ` (${algorithm.key.length * 8} bits)` : ''}`;
}

function usesNewWindow({ replay, usesEsn }: SecurityAssociation): boolean {
  return usesEsn || replay.windowSize > 32;
}

function oldReplayText({ replay }: SecurityAssociation): string {
  const seq = replay.incoming.toString(16);
  const oseq = replay.outgoing.toString(16);
  return `\tanti-replay context: seq 0x${seq}, oseq 0x${oseq}, bitmap 0x${hex8(replay.bitmap()[0]!)}\n`;
}

function newReplayText({ replay }: SecurityAssociation): string {
  const high = (value: number) => Math.floor(value / 0x1_0000_0000).toString(16);
  const low = (value: number) => (value >>> 0).toString(16);
  const words = replay.ringBitmap();
  let text = '\tanti-replay esn context:\n';
  text += `\t seq-hi 0x${high(replay.incoming)}, seq 0x${low(replay.incoming)}, `;
  text += `oseq-hi 0x${high(replay.outgoing)}, oseq 0x${low(replay.outgoing)}\n`;
  text += `\t replay_window ${replay.windowSize}, bitmap-length ${words.length}`;
  for (const [index, word] of words.reverse().entries())
    text += `${index % 8 === 0 ? '\n\t ' : ''}${hex8(word)} `;
  return `${text}\n`;
}

function lifetimeText(limits: XfrmLimits, usage: XfrmUsage): string {
  const limit = (value: number) => (value === Infinity ? '(INF)' : String(value));
  return (
    '\tlifetime config:\n' +
    `\t  limit: soft ${limit(limits.softBytes)}(bytes), hard ${limit(limits.hardBytes)}(bytes)\n` +
    `\t  limit: soft ${limit(limits.softPackets)}(packets), hard ${limit(limits.hardPackets)}(packets)\n` +
    `\t  expire add: soft ${limits.softAddSeconds}(sec), hard ${limits.hardAddSeconds}(sec)\n` +
    `\t  expire use: soft ${limits.softUseSeconds}(sec), hard ${limits.hardUseSeconds}(sec)\n` +
    '\tlifetime current:\n' +
    `\t  ${usage.bytes}(bytes), ${usage.packets}(packets)\n` +
    `\t  add ${timeText(usage.addedNs)} use ${usage.usedNs < 0 ? '-' : timeText(usage.usedNs)}\n`
  );
}

function timeText(simulatedNs: number): string {
  const time = civilTime(SIMULATION_START_S + Math.floor(simulatedNs / 1e9));
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.year}-${two(time.month)}-${two(time.day)}`;
  return `${date} ${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
}

function markText(mark: XfrmMark): string {
  return `mark 0x${mark.value.toString(16)}/0x${mark.mask.toString(16)} `;
}

function policyFlagsText(flags: number): string {
  const names = [];
  if ((flags & 1) !== 0) names.push('localok');
  if ((flags & 2) !== 0) names.push('icmp');
  return names.join(' ');
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
