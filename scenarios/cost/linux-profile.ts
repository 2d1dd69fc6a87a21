import type { CostProfileFile } from './profile-schema.ts';

const VM =
  'measured on a virtual machine, one core of an AMD EPYC, Linux 6.18: median of 9 runs of 150 000 UDP packets, ±10 %';

/** The built-in profile `linux`. Sources that are measurements say where; what is split or guessed says so. */
export const LINUX_PROFILE: CostProfileFile = {
  name: 'linux',
  description:
    'The software path of a Linux 6 kernel, UDP and TCP without offloads (no GSO, no GRO), on one core at about 3 GHz.',
  stages: {
    syscall: {
      packet_ns: { low: 150, mid: 350, high: 400 },
      source: `part of 2580 ns for sending and receiving over loopback, ${VM}; the split is a guess, and half of it without mitigations`,
    },
    socketSend: {
      packet_ns: { low: 500, mid: 750, high: 850 },
      source: `part of 2580 ns for sending and receiving over loopback, ${VM}; the split is a guess`,
    },
    socketReceive: {
      packet_ns: { low: 600, mid: 930, high: 1050 },
      source: `part of 2580 ns for sending and receiving over loopback, ${VM}; the split is a guess`,
    },
    veth: {
      packet_ns: { low: 585, mid: 650, high: 715 },
      source: `one veth pair more, ${VM}`,
    },
    bridge: {
      packet_ns: { low: 150, mid: 200, high: 260 },
      source: `a bridge and a second veth pair cost 850 ns more, of which the veth pair is 650, ${VM}`,
    },
    bridgeNetfilter: {
      packet_ns: { low: 620, mid: 690, high: 760 },
      source: `br_netfilter on, tables empty, ${VM}`,
    },
    netfilterHook: {
      packet_ns: { low: 20, mid: 40, high: 80 },
      source: `a table visited at a hook: what forwarding leaves over, 4220 ns for two veth pairs and a router with tables, less the other stages, ${VM}; a guess within that`,
    },
    netfilterRule: {
      packet_ns: { low: 4, mid: 4.4, high: 5 },
      source: `100 rules that do not match cost 440 ns, ${VM}`,
    },
    conntrackLookup: {
      packet_ns: { low: 320, mid: 360, high: 400 },
      source: `an established connection, with the rule that asks for it: 360 to 390 ns on two paths, ${VM}`,
    },
    conntrackInsert: {
      packet_ns: { low: 1000, mid: 2300, high: 2700 },
      source:
        'a new connection for every packet costs about 2700 ns (333 k packets/s without, 175 k with; Cloudflare 2018), less the look-up; low certainty',
    },
    nat: {
      packet_ns: { low: 450, mid: 500, high: 550 },
      source: `MASQUERADE on an established flow, ${VM}`,
    },
    route: {
      packet_ns: { low: 60, mid: 100, high: 150 },
      source:
        'IPv4 header, route and next hop, once in and once out: split of 575 ns for forwarding one packet between cards (Xeon E5-1650 v4, 3.6 GHz, Linux 4.18; xdp-paper bench04); the split is a guess',
    },
    forward: {
      packet_ns: { low: 40, mid: 60, high: 100 },
      source: 'TTL, size and options: split of the same 575 ns; a guess',
    },
    vxlanEncap: {
      packet_ns: { low: 1080, mid: 1300, high: 1650 },
      source: `encapsulation and its removal cost 2200 ns between bare devices, and 3270 ns as Docker lays them out (8200 ns less veth pairs, bridges and sockets), ${VM}; about half each, mid between the two`,
    },
    vxlanDecap: {
      packet_ns: { low: 920, mid: 1100, high: 1420 },
      source: `the other half of the same, ${VM}`,
    },
    espEncrypt: {
      packet_ns: { low: 425, mid: 475, high: 725 },
      byte_ns: { low: 0.207, mid: 0.5, high: 1.7 },
      source:
        'low: AES-128-GCM 125 ns + 0.207 ns a byte (Zen 3, AWS-LC #2283) and 300 ns for policy, state and framing (a null cipher chain of two directions stays under 1750 ns: Linux commit ec30d78c14a8). High: the sending core of IPsec CNIs, 0.43 cores at 1.66 Gbit/s (CNI benchmark 2020, Xeon E5-1630 v3). Mid: between them, a guess',
    },
    espDecrypt: {
      packet_ns: { low: 425, mid: 475, high: 725 },
      byte_ns: { low: 0.207, mid: 1.5, high: 4.0 },
      source:
        'low: as for encryption. Mid: 3.3 Gbit/s for one flow on one core, 3400 ns for 1400 bytes with all other stages (Zen 5, linux-ipsec.org 2025). High: 1.4 to 1.7 Gbit/s with one receiving core busy, 4.8 ns a byte with all other stages (CNI benchmark 2020). A wide band: calibrate it',
    },
    ipvs: {
      packet_ns: { low: 500, mid: 700, high: 900 },
      source: 'no measurement found; a connection look-up and a NAT rewrite',
    },
    nicTransmit: {
      packet_ns: { low: 100, mid: 196, high: 400 },
      source: 'what the same 575 ns leave for the driver that sends; a guess',
    },
    nicReceive: {
      packet_ns: { low: 100, mid: 119, high: 250 },
      source:
        'driver and sk_buff up to the first hook: 8.4 M packets/s (i7-6700K; netoptimizer, prototype-kernel)',
    },
    copy: {
      byte_ns: { low: 0, mid: 0.03, high: 0.055 },
      source: `between program and kernel, each way: 1354 bytes more cost 0 to 150 ns for both, ${VM}`,
    },
  },
};
