import type { EspLengths } from '../trace/packet-layers.ts';
import type { Packet } from './packet.ts';

/** Encrypts a packet whose bytes nobody has looked at yet; see Packet.sealState. */
export interface PendingSeal {
  /** The lengths that its algorithm gives a packet. */
  readonly transform: EspLengths;
  /** Replaces the plaintext by ciphertext and integrity check value, and moves the packet on from SEAL_PENDING. */
  seal(packet: Packet): void;
}
