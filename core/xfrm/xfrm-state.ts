import { espSequence, espSpi, ESP_HEADER_LENGTH } from '../../protocols/esp.ts';
import { IPV4, PROTO, ipv4Destination, ipv4HeaderLength } from '../../protocols/ipv4.ts';
import type { NetDevice } from '../device/net-device.ts';
import { Stage } from '../host/cost-meter.ts';
import { ipReceive } from '../namespace/ipv4-input.ts';
import { ipLocalOut, outputDevice, routeError } from '../namespace/ipv4-output.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { NetlinkError } from '../namespace/netlink-error.ts';
import { gsoSegment, gsoSegments } from '../packet/gso.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { IP_CT_NEW, type Packet } from '../packet/packet.ts';
import { EPERM } from '../socket/errno.ts';
import { AssociationDatabase } from './association-database.ts';
import { algorithmComplaint } from './esp-algorithms.ts';
import {
  ESP_NOT_GENUINE,
  TUNNEL_PROTOCOL,
  espDecrypt,
  uncoverTransport,
  uncoverTunnel,
} from './esp-input.ts';
import { espEncapsulate } from './esp-output.ts';
import { noteInstalled } from './esp-sa-lines.ts';
import { PolicyDatabase } from './policy-database.ts';
import { REPLAY_OK, REPLAY_TOO_OLD } from './replay-state.ts';
import {
  SecurityAssociation,
  type AssociationOwner,
  type AssociationSettings,
} from './security-association.ts';
import type { XfrmBundle } from './xfrm-bundle.ts';
import type { XfrmLimits } from './xfrm-lifetime.ts';
import { satisfiesPolicy, isPlainTransport } from './xfrm-policy-check.ts';
import { XfrmPolicy, type PolicySettings } from './xfrm-policy.ts';
import { XfrmFlow, selectorMatches } from './xfrm-selector.ts';
import { XfrmStatistics, type XfrmCounter } from './xfrm-statistics.ts';

/** Hears of changes, as `ip xfrm monitor` does. */
export interface XfrmListener {
  associationAdded?(association: SecurityAssociation): void;
  associationDeleted?(association: SecurityAssociation): void;
  associationExpired?(association: SecurityAssociation, hard: boolean): void;
  policyAdded?(policy: XfrmPolicy, updated: boolean): void;
  policyDeleted?(policy: XfrmPolicy): void;
}

/** EREMOTE: the route leads nowhere for want of an association. */
const EREMOTE = 66;
const NO_BUNDLE: XfrmBundle = { associations: [], source: 0, destination: 0, generation: -1 };

/**
 * IPsec of a namespace (net/xfrm): policies, associations, ESP in transport and tunnel mode over IPv4.
 * Not modelled: AH, IPComp, BEET mode, ESP in UDP, IPv6, a key daemon to ask (acquire), the smaller MTU that sockets
 * see behind a policy, interface ids, hardware offload, the LOCAL_OUT hook between two nested tunnels.
 */
export class XfrmState implements AssociationOwner {
  readonly associations = new AssociationDatabase();
  readonly policies = new PolicyDatabase();
  readonly statistics = new XfrmStatistics();
  readonly listeners: XfrmListener[] = [];
  private readonly netns: NetNamespace;
  private readonly flow = new XfrmFlow();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** Adds an association (XFRM_MSG_NEWSA). Throws the kernel's complaint as a NetlinkError. */
  addAssociation(settings: AssociationSettings): SecurityAssociation {
    if (settings.protocol !== PROTO.ESP) throw new NetlinkError('Protocol not supported');
    const complaint = algorithmComplaint(settings.algorithms);
    if (complaint !== null) throw new NetlinkError(complaint);
    const mark = settings.mark ?? { value: 0, mask: 0 };
    if (this.associations.find(settings.destination, settings.spi, settings.protocol, mark) !== undefined) {
      throw new NetlinkError('File exists');
    }
    const association = new SecurityAssociation(this.netns, this, settings);
    this.associations.insert(association);
    noteInstalled(this.netns.host, association);
    for (const listener of this.listeners) listener.associationAdded?.(association);
    return association;
  }

  /** `ip xfrm state update`: what is there gets new limits; keys stay (xfrm_state_update). */
  updateAssociation(association: SecurityAssociation, limits: XfrmLimits): void {
    association.setLimits(limits);
  }

  deleteAssociation(association: SecurityAssociation): boolean {
    if (!this.associations.remove(association)) return false;
    for (const listener of this.listeners) listener.associationDeleted?.(association);
    return true;
  }

  /** XFRM_MSG_NEWPOLICY, or with `update` XFRM_MSG_UPDPOLICY, which takes the place of the one that is there. */
  addPolicy(settings: PolicySettings, update = false): XfrmPolicy {
    const policy = new XfrmPolicy(settings, this.netns.host.sim.nowNs);
    const existing = this.policies.find(policy.direction, policy.selector, policy.mark);
    if (existing !== undefined && !update) throw new NetlinkError('File exists');
    this.policies.insert(policy);
    for (const listener of this.listeners) listener.policyAdded?.(policy, existing !== undefined);
    return policy;
  }

  deletePolicy(policy: XfrmPolicy): boolean {
    if (!this.policies.remove(policy)) return false;
    for (const listener of this.listeners) listener.policyDeleted?.(policy);
    return true;
  }

  /** Every timer stops: the namespace goes away. */
  destroy(): void {
    for (const association of this.associations.list().slice()) this.associations.remove(association);
  }

  limitReached(association: SecurityAssociation, hard: boolean): void {
    if (hard) this.associations.remove(association);
    for (const listener of this.listeners) listener.associationExpired?.(association, hard);
  }

  /**
   * xfrm_lookup for a local packet whose headers are written: sets `packet.xfrm` when a policy asks for transforms.
   * Returns 0; or, with the packet dropped, a positive error number, or −1 when its sender is not to know.
   */
  lookupOutput(packet: Packet): number {
    const error = this.resolveOutput(packet);
    if (error === 0) return 0;
    const blocked = error === EPERM;
    const reason = blocked ? DropReason.XFRM_OUT_POL_BLOCK : DropReason.XFRM_OUT_NO_STATES;
    this.netns.host.dropPacket(packet, reason, null);
    return blocked ? EPERM : -1;
  }

  /** The same without the drop, for a packet that is routed anew: 0 or a positive error number. */
  resolveOutput(packet: Packet): number {
    packet.xfrm = null;
    if (this.policies.count('out') === 0) return 0;
    const { netns, flow } = this;
    const route = packet.route;
    const usable = route !== null && routeError(route) === 0;
    flow.read(packet, usable ? outputDevice(netns, route).ifindex : 0);
    const policy = this.policies.lookup('out', flow);
    if (policy === null) return 0;
    if (policy.usage.usedNs < 0) policy.usage.usedNs = netns.host.sim.nowNs;
    if (policy.action === 'block') {
      this.statistics.count('XfrmOutPolBlock');
      return EPERM;
    }
    const bundle = this.bundleFor(policy, flow);
    if (bundle === null) {
      this.statistics.count('XfrmOutNoStates');
      return EREMOTE;
    }
    if (bundle.associations.length > 0) packet.xfrm = bundle;
    return 0;
  }

  /** xfrm4_route_forward: 0 when the packet may go on, else the reason to drop it for. */
  routeForward(packet: Packet): number {
    const error = this.resolveOutput(packet);
    if (error === 0) return 0;
    return error === EPERM ? DropReason.XFRM_OUT_POL_BLOCK : DropReason.XFRM_OUT_NO_STATES;
  }

  /** xfrm_policy_check: whether what protected the packet satisfies the policies of that direction. */
  checkPolicy(direction: 'in' | 'fwd', packet: Packet): boolean {
    const { flow } = this;
    const path = packet.secPath;
    if (path === null && this.policies.count(direction) === 0) return true;
    flow.read(packet, 0);
    if (path !== null) {
      for (let i = 0; i < path.length; i++) {
        if (!selectorMatches(path[i]!.selector, flow)) return this.refuse('XfrmInStateMismatch');
      }
    }
    const policy = this.policies.lookup(direction, flow);
    if (policy === null) return path === null || isPlainTransport(path, 0) || this.refuse('XfrmInNoPols');
    policy.usage.usedNs = this.netns.host.sim.nowNs;
    if (policy.action === 'block') return this.refuse('XfrmInPolBlock');
    return satisfiesPolicy(policy, path ?? []) || this.refuse('XfrmInTmplMismatch');
  }

  /** xfrm_output: applies `packet.xfrm` and sends the result through ip_local_out. */
  output(packet: Packet): void {
    const { netns } = this;
    if (packet.gsoSize !== 0) {
      this.outputSegments(packet);
      return;
    }
    const { associations } = packet.xfrm!;
    packet.xfrm = null;
    for (let i = 0; i < associations.length; i++) {
      const reason = this.applyOutput(packet, associations[i]!);
      if (reason !== 0) {
        netns.host.dropPacket(packet, reason);
        return;
      }
    }
    packet.xfrmTransformed = true;
    packet.nfct = null;
    packet.ctInfo = IP_CT_NEW;
    const { route } = packet;
    if (route === null || routeError(route) !== 0) {
      netns.host.dropPacket(packet, DropReason.IP_OUTNOROUTES);
      return;
    }
    ipLocalOut(netns, packet);
  }

  /** xfrm_output_gso: the segments of a super-packet are encrypted one by one. */
  private outputSegments(packet: Packet): void {
    const { host } = this.netns;
    const network = packet.networkOffset;
    const segments = gsoSegments(packet, network);
    for (let i = 0; i < segments; i++) this.output(gsoSegment(host.pool, packet, network, i));
    host.consumePacket(packet);
  }

  /** xfrm_input: an ESP or AH packet for this machine; `transportOffset` is at its header. */
  receive(dev: NetDevice, packet: Packet): void {
    const { host } = this.netns;
    const { buf, transportOffset: at } = packet;
    if (packet.tail - at < ESP_HEADER_LENGTH) {
      this.drop(dev, packet, 'XfrmInHdrError', DropReason.XFRM_IN_HDR_ERROR);
      return;
    }
    const protocol = buf[packet.networkOffset + IPV4.PROTOCOL]!;
    const destination = ipv4Destination(buf, packet.networkOffset);
    const association = this.associations.lookup(packet.mark, destination, espSpi(buf, at), protocol);
    if (association === null) {
      this.drop(dev, packet, 'XfrmInNoStates', DropReason.XFRM_IN_NO_STATES);
      return;
    }
    if (association.state !== 'valid') {
      this.drop(dev, packet, 'XfrmInStateInvalid', DropReason.XFRM_IN_STATE_INVALID);
      return;
    }
    const { replay } = association;
    const sequence = replay.whole(espSequence(buf, at));
    const verdict = replay.check(sequence);
    if (verdict !== REPLAY_OK) {
      if (verdict === REPLAY_TOO_OLD) association.stats.replayWindow++;
      else association.stats.replay++;
      this.drop(dev, packet, 'XfrmInStateSeqError', DropReason.XFRM_IN_STATE_SEQ_ERROR);
      return;
    }
    if (!association.checkExpire()) {
      this.drop(dev, packet, 'XfrmInStateExpired', DropReason.XFRM_IN_STATE_EXPIRED);
      return;
    }
    if (host.cost !== null) host.cost.charge(Stage.espDecrypt, packet.tail - at);
    const sequenceHigh = association.usesEsn ? Math.floor(sequence / 0x1_0000_0000) : 0;
    const nextHeader = espDecrypt(packet, association, sequenceHigh);
    if (nextHeader < 0) {
      if (nextHeader === ESP_NOT_GENUINE) association.stats.integrityFailed++;
      this.drop(dev, packet, 'XfrmInStateProtoError', DropReason.XFRM_IN_STATE_PROTO_ERROR);
      return;
    }
    replay.advance(sequence);
    association.usage.bytes += packet.tail - packet.head;
    association.usage.packets++;
    this.deliver(dev, packet, association, nextHeader);
  }

  /** What came out goes through PREROUTING and INPUT again: as it is, or as a frame of its own out of a tunnel. */
  private deliver(
    dev: NetDevice,
    packet: Packet,
    association: SecurityAssociation,
    nextHeader: number,
  ): void {
    const path = packet.secPath;
    if (path === null) packet.secPath = association.path;
    else packet.secPath = [...path, association];
    packet.nfct = null;
    packet.ctInfo = IP_CT_NEW;
    const { tracer } = this.netns.host.env;
    if (association.mode === 'transport') {
      uncoverTransport(packet, nextHeader);
      if (tracer !== null) tracer.step(this.netns, packet, { kind: 'decrypted', association });
      ipReceive(this.netns, dev, packet);
      return;
    }
    if (nextHeader !== TUNNEL_PROTOCOL || !uncoverTunnel(packet, association)) {
      this.drop(dev, packet, 'XfrmInStateModeError', DropReason.XFRM_IN_STATE_MODE_ERROR);
      return;
    }
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'decrypted', association });
    this.netns.host.netifRx(dev, packet);
  }

  /** xfrm_output_one: 0, or the reason to drop the packet for. */
  private applyOutput(packet: Packet, association: SecurityAssociation): number {
    if (association.state !== 'valid') {
      this.statistics.count('XfrmOutStateInvalid');
      return DropReason.XFRM_OUT_STATE_EXPIRED;
    }
    if (!association.checkExpire()) {
      this.statistics.count('XfrmOutStateExpired');
      return DropReason.XFRM_OUT_STATE_EXPIRED;
    }
    const sequence = association.replay.takeOutgoing();
    if (sequence < 0) {
      this.statistics.count('XfrmOutStateSeqError');
      return DropReason.XFRM_OUT_STATE_SEQ_ERROR;
    }
    const { usage } = association;
    // The length of what is encrypted: the packet in a tunnel, what follows its header in transport mode.
    const { networkOffset: ip } = packet;
    const headerLength = association.mode === 'tunnel' ? 0 : ipv4HeaderLength(packet.buf, ip);
    usage.bytes += packet.tail - ip - headerLength;
    usage.packets++;
    espEncapsulate(this.netns, packet, association, sequence);
    const { tracer } = this.netns.host.env;
    if (tracer !== null) tracer.step(this.netns, packet, { kind: 'encrypted', association });
    return 0;
  }

  /** xfrm_tmpl_resolve, the last result kept with the policy; null when an association is wanting. */
  private bundleFor(policy: XfrmPolicy, flow: XfrmFlow): XfrmBundle | null {
    if (policy.templates.length === 0) return NO_BUNDLE;
    const { generation } = this.associations;
    const kept = policy.bundle;
    if (
      kept !== null &&
      kept.generation === generation &&
      kept.source === flow.source &&
      kept.destination === flow.destination &&
      kept.associations.every(isUsable)
    ) {
      return kept;
    }
    const associations: SecurityAssociation[] = [];
    let { source, destination } = flow;
    for (const template of policy.templates) {
      const tunnel = template.mode === 'tunnel';
      const from = tunnel && template.source !== 0 ? template.source : source;
      const to = tunnel && template.destination !== 0 ? template.destination : destination;
      const association = this.associations.resolve(template, from, to, flow);
      if (association === null) {
        if (template.optional) continue;
        return null;
      }
      associations.push(association);
      if (tunnel) ({ source, destination } = association);
    }
    const bundle = { associations, source: flow.source, destination: flow.destination, generation };
    policy.bundle = bundle;
    return bundle;
  }

  private refuse(counter: XfrmCounter): false {
    this.statistics.count(counter);
    return false;
  }

  private drop(dev: NetDevice, packet: Packet, counter: XfrmCounter, reason: number): void {
    this.statistics.count(counter);
    this.netns.host.dropPacket(packet, reason, dev);
  }
}

function isUsable(association: SecurityAssociation): boolean {
  return association.state === 'valid' && !association.dying;
}
