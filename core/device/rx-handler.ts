import type { Packet } from '../packet/packet.ts';

/**
 * What a device's frames are handed to before any protocol sees them (rx_handler in netdevice.h).
 * `handleFrame` returns true when it took the packet, false when the device's own stack shall have it.
 */
export interface RxHandler {
  handleFrame(packet: Packet): boolean;
}
