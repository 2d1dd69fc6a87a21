import type { MatchExtension } from '../text/extension.ts';
import { addrtypeExtension } from './addrtype.ts';
import { bpfExtension } from './bpf.ts';
import { commentExtension } from './comment.ts';
import { conntrackExtension, stateExtension } from './conntrack.ts';
import {
  dscpExtension,
  hlExtension,
  lengthExtension,
  macExtension,
  pkttypeExtension,
  tosExtension,
  ttlExtension,
} from './header-fields.ts';
import { icmp6Extension, icmpExtension } from './icmp.ts';
import { iprangeExtension } from './iprange.ts';
import { ipvsExtension } from './ipvs.ts';
import { limitExtension } from './limit.ts';
import { connmarkExtension, markExtension } from './mark.ts';
import { multiportExtension } from './multiport.ts';
import { physdevExtension } from './physdev.ts';
import { policyExtension } from './policy.ts';
import { sctpExtension } from './sctp.ts';
import { setExtension } from './set.ts';
import { statisticExtension } from './statistic.ts';
import { tcpExtension } from './tcp.ts';
import { u32Extension } from './u32.ts';
import { udpExtension } from './udp.ts';

/** Every match that `-m` can load. */
export const MATCH_EXTENSIONS: readonly MatchExtension[] = [
  addrtypeExtension,
  bpfExtension,
  commentExtension,
  connmarkExtension,
  conntrackExtension,
  dscpExtension,
  hlExtension,
  icmp6Extension,
  icmpExtension,
  iprangeExtension,
  ipvsExtension,
  lengthExtension,
  limitExtension,
  macExtension,
  markExtension,
  multiportExtension,
  physdevExtension,
  pkttypeExtension,
  policyExtension,
  sctpExtension,
  setExtension,
  stateExtension,
  statisticExtension,
  tcpExtension,
  tosExtension,
  ttlExtension,
  u32Extension,
  udpExtension,
];

/** Matches of iptables that are not modelled: refused by name. */
export const UNMODELLED_MATCHES: readonly string[] = [
  'ah',
  'cgroup',
  'cluster',
  'connbytes',
  'connlabel',
  'connlimit',
  'cpu',
  'dccp',
  'devgroup',
  'dst',
  'ecn',
  'esp',
  'eui64',
  'frag',
  'hashlimit',
  'hbh',
  'helper',
  'ipcomp',
  'ipv6header',
  'mh',
  'nfacct',
  'osf',
  'owner',
  'quota',
  'rateest',
  'realm',
  'recent',
  'rpfilter',
  'rt',
  'socket',
  'srh',
  'string',
  'tcpmss',
  'time',
  'udplite',
];
