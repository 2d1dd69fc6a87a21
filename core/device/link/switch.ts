import { get16, put16 } from '../../../protocols/bytes.ts';
import { ETHERTYPE, isMulticastMac, macHigh16, macLow32 } from '../../../protocols/ethernet.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Simulator } from '../../sim/simulator.ts';
import type { PhysicalLink } from './cable.ts';
import type { Impairments } from './impairments.ts';
import { LinkLane, type LaneReceiver } from './link-lane.ts';
import type { Nic } from './nic.ts';

/** The VLANs of a switch port. `native` is the VLAN of untagged frames on a trunk, 0 for none. */
export interface SwitchPortVlans {
  readonly access: number;
  readonly trunk: readonly number[];
  readonly native: number;
}

/** How a switch behaves. */
export interface SwitchOptions {
  /** The switch knows each card's MAC and drops frames from any other, as a cloud's virtual switch does. */
  refusesForeignMacs: boolean;
  /** Frames may go back out of the port they came from (an 802.1Qbg reflective relay, for macvlan's vepa mode). */
  reflective: boolean;
}

const AGEING_NS = 300_000_000_000;

class SwitchPort implements LaneReceiver {
  readonly nic: Nic;
  readonly vlans: SwitchPortVlans | null;
  readonly up: LinkLane;
  readonly down: LinkLane;
  private readonly owner: Switch;

  constructor(
    owner: Switch,
    sim: Simulator,
    nic: Nic,
    impairments: Impairments,
    vlans: SwitchPortVlans | null,
  ) {
    this.owner = owner;
    this.nic = nic;
    this.vlans = vlans;
    const name = `${owner.name}:${nic.host.name}/${nic.name}`;
    const half = { ...impairments, delayNs: Math.floor(impairments.delayNs / 2) };
    this.up = new LinkLane(sim, `${name}:up`, half, this);
    // Loss and the like strike once a frame, on its way up; the way down adds the rest of the delay and the rate.
    const down = {
      ...half,
      delayNs: impairments.delayNs - half.delayNs,
      loss: 0,
      duplicate: 0,
      reorder: 0,
      corrupt: 0,
    };
    this.down = new LinkLane(sim, `${name}:down`, { ...down, jitterNs: 0 }, nic);
  }

  receiveFrame(packet: Packet): void {
    this.owner.forward(this, packet);
  }
}

/**
 * An Ethernet switch: store and forward, learning per VLAN, access and trunk ports. A port's rate counts in both
 * directions and half of its delay on each side. Not modelled: spanning tree, queues shared between ports.
 */
export class Switch implements PhysicalLink {
  readonly name: string;
  readonly nics: Nic[] = [];
  private readonly sim: Simulator;
  private readonly ports: SwitchPort[] = [];
  private readonly options: SwitchOptions;
  /** By VLAN and MAC; a switch is no hot path beside the hosts, so a plain Map will do. */
  private readonly learned = new Map<number, Map<number, { port: SwitchPort; seenNs: number }>>();

  constructor(sim: Simulator, name: string, options: SwitchOptions) {
    this.sim = sim;
    this.name = name;
    this.options = options;
  }

  attach(nic: Nic, impairments: Impairments, vlans: SwitchPortVlans | null): void {
    const port = new SwitchPort(this, this.sim, nic, impairments, vlans);
    this.ports.push(port);
    this.nics.push(nic);
    nic.lane = port.up;
    nic.setLinkUp(true);
  }

  setUp(up: boolean): void {
    for (const port of this.ports) {
      port.up.setUp(up, port.nic.host);
      port.down.setUp(up, port.nic.host);
      port.nic.setLinkUp(up);
    }
  }

  /** Sends a frame from a port on to where its destination is, or to all ports of its VLAN. */
  forward(from: SwitchPort, packet: Packet): void {
    const host = from.nic.host;
    const buf = packet.buf;
    if (packet.tail - packet.head < 14) {
      host.dropPacket(packet, DropReason.HDR_TRUNC);
      return;
    }
    const source = macHigh16(buf, packet.head + 6) * 0x1_0000_0000 + macLow32(buf, packet.head + 6);
    if (this.options.refusesForeignMacs && source !== from.nic.macKey) {
      host.dropPacket(packet, DropReason.SWITCH_FOREIGN_MAC);
      return;
    }
    const vlan = ingressVlan(from, packet);
    if (vlan < 0) {
      host.dropPacket(packet, DropReason.VLAN_NOT_A_MEMBER);
      return;
    }
    let table = this.learned.get(vlan);
    if (table === undefined) {
      table = new Map();
      this.learned.set(vlan, table);
    }
    table.set(source, { port: from, seenNs: this.sim.nowNs });
    const at = packet.head;
    const known = isMulticastMac(buf, at)
      ? undefined
      : table.get(macHigh16(buf, at) * 0x1_0000_0000 + macLow32(buf, at));
    if (known !== undefined && known.seenNs + AGEING_NS > this.sim.nowNs) {
      if (known.port === from && !this.options.reflective) host.dropPacket(packet, DropReason.BRIDGE_HAIRPIN);
      else this.send(known.port, packet, vlan);
      return;
    }
    for (const port of this.ports) {
      if (port === from && !this.options.reflective) continue;
      if (carries(port, vlan)) this.send(port, host.pool.clone(packet), vlan);
    }
    host.consumePacket(packet);
  }

  private send(port: SwitchPort, packet: Packet, vlan: number): void {
    if (!carries(port, vlan)) {
      port.nic.host.dropPacket(packet, DropReason.VLAN_NOT_A_MEMBER);
      return;
    }
    retag(port, packet, vlan);
    port.down.send(packet, this.sim.nowNs, port.nic.host);
  }
}

function tagOf(packet: Packet): number {
  const isTagged = get16(packet.buf, packet.head + 12) === ETHERTYPE.VLAN && packet.tail - packet.head >= 18;
  return isTagged ? get16(packet.buf, packet.head + 14) & 0x0fff : 0;
}

/** The VLAN a frame belongs to, 0 on ports that take no notice of tags, −1 when the port must not carry it. */
function ingressVlan(port: SwitchPort, packet: Packet): number {
  const vlans = port.vlans;
  if (vlans === null) return 0;
  const tag = tagOf(packet);
  if (vlans.access !== 0) return tag === 0 || tag === vlans.access ? vlans.access : -1;
  if (tag === 0) return vlans.native === 0 ? -1 : vlans.native;
  return vlans.trunk.includes(tag) ? tag : -1;
}

function carries(port: SwitchPort, vlan: number): boolean {
  const vlans = port.vlans;
  if (vlans === null) return vlan === 0;
  return vlans.access === vlan || vlans.native === vlan || vlans.trunk.includes(vlan);
}

/** Makes the frame carry the tag, or none, that the port wants. */
function retag(port: SwitchPort, packet: Packet, vlan: number): void {
  const vlans = port.vlans;
  if (vlans === null) return;
  const wantsTag = vlans.access !== vlan && vlans.native !== vlan;
  const isTagged = tagOf(packet) !== 0;
  if (wantsTag === isTagged) return;
  const at = packet.head;
  if (wantsTag) {
    port.nic.host.pool.ensureHeadroom(packet, 4);
    const head = packet.head - 4;
    packet.buf.copyWithin(head, packet.head, packet.head + 12);
    put16(packet.buf, head + 12, ETHERTYPE.VLAN);
    put16(packet.buf, head + 14, vlan);
    packet.head = head;
    return;
  }
  packet.buf.copyWithin(at + 4, at, at + 12);
  packet.head = at + 4;
}
