import type { TargetExtension } from '../text/extension.ts';
import {
  checksumExtension,
  dscpTargetExtension,
  hlTargetExtension,
  tosTargetExtension,
  ttlTargetExtension,
} from './header-fields.ts';
import { logExtension } from './log.ts';
import { connmarkTargetExtension, markTargetExtension } from './mark.ts';
import {
  dnatExtension,
  masqueradeExtension,
  netmapExtension,
  redirectExtension,
  snatExtension,
} from './nat.ts';
import { rejectExtension } from './reject.ts';
import { tcpmssExtension } from './tcpmss.ts';
import { ctExtension, nflogExtension, notrackExtension, traceExtension } from './tracking.ts';

/** Every target that `-j` can load. */
export const TARGET_EXTENSIONS: readonly TargetExtension[] = [
  checksumExtension,
  connmarkTargetExtension,
  ctExtension,
  dnatExtension,
  dscpTargetExtension,
  hlTargetExtension,
  logExtension,
  markTargetExtension,
  masqueradeExtension,
  netmapExtension,
  nflogExtension,
  notrackExtension,
  redirectExtension,
  rejectExtension,
  snatExtension,
  tcpmssExtension,
  tosTargetExtension,
  traceExtension,
  ttlTargetExtension,
];

/** Targets of iptables that are not modelled: refused by name. */
export const UNMODELLED_TARGETS: readonly string[] = [
  'AUDIT',
  'CLASSIFY',
  'CLUSTERIP',
  'CONNSECMARK',
  'DNPT',
  'ECN',
  'HMARK',
  'IDLETIMER',
  'LED',
  'NFQUEUE',
  'QUEUE',
  'RATEEST',
  'SECMARK',
  'SET',
  'SNPT',
  'SYNPROXY',
  'TCPOPTSTRIP',
  'TEE',
  'TPROXY',
  'ULOG',
];
