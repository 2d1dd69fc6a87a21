import {
  isLinkLocalMac,
  isMulticastMac,
  isZeroMac,
  macHigh16,
  macLow32,
} from '../../../protocols/ethernet.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import { PACKET_HOST, type Packet } from '../../packet/packet.ts';
import type { NetDevice } from '../net-device.ts';
import type { RxHandler } from '../rx-handler.ts';
import type { Bridge } from './bridge.ts';

/** Port states (include/uapi/linux/if_bridge.h). STP is not modelled: a port with carrier forwards at once. */
export const BR_STATE_DISABLED = 0;
export const BR_STATE_FORWARDING = 3;

/** A device as a port of a bridge (struct net_bridge_port). */
export class BridgePort implements RxHandler {
  readonly bridge: Bridge;
  readonly dev: NetDevice;
  readonly portNumber: number;
  hairpinMode = false;
  learning = true;
  flood = true;
  mcastFlood = true;
  bcastFlood = true;
  isolated = false;
  neighSuppress = false;
  pathCost: number;

  constructor(bridge: Bridge, dev: NetDevice, portNumber: number) {
    this.bridge = bridge;
    this.dev = dev;
    this.portNumber = portNumber;
    // port_cost: a device that tells no speed counts as 10 Mbit/s; a veth tells 10 Gbit/s.
    this.pathCost = dev.kind === 'veth' ? 2 : 100;
  }

  get state(): number {
    return this.dev.isRunning && this.bridge.isUp ? BR_STATE_FORWARDING : BR_STATE_DISABLED;
  }

  /** br_handle_frame: the bridge takes everything its ports receive. */
  handleFrame(packet: Packet): boolean {
    const host = this.dev.host;
    const buf = packet.buf;
    const at = packet.macOffset;
    if (isMulticastMac(buf, at + 6) || isZeroMac(buf, at + 6)) {
      host.dropPacket(packet, DropReason.BRIDGE_INVALID_SOURCE, this.dev);
      return true;
    }
    if (isLinkLocalMac(buf, at)) {
      // 01:80:c2:00:00:00 is STP's, forwarded while STP is off; 01 is PAUSE; the rest is for the port's own stack.
      const last = buf[at + 5]!;
      if (last === 1) {
        host.dropPacket(packet, DropReason.BRIDGE_LINK_LOCAL, this.dev);
        return true;
      }
      if (last !== 0) return false;
    }
    if (this.state !== BR_STATE_FORWARDING) {
      host.dropPacket(packet, DropReason.BRIDGE_NO_FORWARD, this.dev);
      return true;
    }
    if (macLow32(buf, at) === this.bridge.macLow && macHigh16(buf, at) === this.bridge.macHigh) {
      packet.pktType = PACKET_HOST;
    }
    this.bridge.preRouting(this, packet);
    return true;
  }
}
