/** How Docker makes MAC addresses (libnetwork netutils/utils.go). */
import type { RandomStream } from '../core/sim/random-streams.ts';
import { isAtLeast, type EngineRelease } from './engine-release.ts';

/** 02:42 and the four bytes of the address: containers on bridge and macvlan networks up to release 27, overlays. */
export function macFromIpv4(address: number): Uint8Array {
  return Uint8Array.of(
    0x02,
    0x42,
    address >>> 24,
    (address >>> 16) & 0xff,
    (address >>> 8) & 0xff,
    address & 0xff,
  );
}

/** A random MAC of Docker's own: 02:42 and four bytes, from release 28 six bytes, locally administered. */
export function randomDockerMac(random: RandomStream, release: EngineRelease): Uint8Array {
  return isAtLeast(release, 28) ? randomKernelMac(random) : Uint8Array.of(0x02, 0x42, ...random.bytes(4));
}

/** What the kernel gives a new device: random, unicast, locally administered (eth_random_addr). */
export function randomKernelMac(random: RandomStream): Uint8Array {
  const mac = random.bytes(6);
  mac[0] = (mac[0]! & 0xfe) | 0x02;
  return mac;
}

/** The MAC of a container's interface on a bridge or macvlan network. */
export function containerMac(
  address: number | null,
  random: RandomStream,
  release: EngineRelease,
): Uint8Array {
  if (address === null || isAtLeast(release, 28)) return randomKernelMac(random);
  return macFromIpv4(address);
}
