import type { RandomStream } from '../../core/sim/random-streams.ts';

/** A 64-digit id, as of containers, networks of local scope, endpoints and sandboxes. */
export function newId(random: RandomStream): string {
  return random.hex(64);
}

/** The 12 digits that Docker shows. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** A random name for one end of a veth pair. */
export function newVethName(random: RandomStream): string {
  return `veth${random.hex(7)}`;
}

/** 02:42 and the four bytes of an address (GenerateMACFromIP). */
export function macFromIpv4(address: number): Uint8Array {
  return Uint8Array.of(
    0x02,
    0x42,
    address >>> 24,
    (address >>> 16) & 255,
    (address >>> 8) & 255,
    address & 255,
  );
}

/** 02:42 and four random bytes: a bridge's MAC up to release 27. */
export function randomBridgeMac(random: RandomStream): Uint8Array {
  return Uint8Array.of(0x02, 0x42, ...random.bytes(4));
}

/** A random locally administered unicast MAC. */
export function randomMac(random: RandomStream): Uint8Array {
  const mac = random.bytes(6);
  mac[0] = (mac[0]! & 0xfe) | 0x02;
  return mac;
}
