import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Timer } from '../sim/timer.ts';
import { ipv6Scope } from './ipv6-address-class.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';

/** Address flags (include/uapi/linux/if_addr.h). */
export const IFA_F_NODAD = 0x02;
export const IFA_F_DADFAILED = 0x08;
export const IFA_F_DEPRECATED = 0x20;
export const IFA_F_TENTATIVE = 0x40;
export const IFA_F_PERMANENT = 0x80;
export const IFA_F_MANAGETEMPADDR = 0x100;
export const IFA_F_NOPREFIXROUTE = 0x200;

/** The least time between two solicitations of duplicate address detection (HZ/100). */
const MIN_DAD_INTERVAL_NS = 10_000_000;

/**
 * One IPv6 address of a device (struct inet6_ifaddr): duplicate address detection (RFC 4862 section 5.4,
 * addrconf_dad_*) and lifetimes. Not modelled: optimistic DAD (RFC 4429, off by default), temporary addresses.
 */
export class InterfaceAddress6 {
  readonly address: Ipv6Address;
  readonly prefixLength: number;
  readonly dev: NetDevice;
  readonly scope: number;
  /** Who made it: the kernel's 'kernel_ll' and 'kernel_ra', or '' (IFA_PROTO). */
  readonly origin: '' | 'kernel_lo' | 'kernel_ll' | 'kernel_ra';
  flags: number;
  /** Ends of the lifetimes in simulated nanoseconds; Infinity is for ever. */
  preferredUntilNs = Infinity;
  validUntilNs = Infinity;
  /** The nonce of the solicitations on their way (RFC 7527), null when detection is not under way. */
  dadNonce: Uint8Array | null = null;
  /** The solicited-node group was joined for this address. */
  inSolicitedGroup = false;
  private probesLeft = 0;
  private readonly stack: Ipv6Stack;
  private readonly dadTimer: Timer;
  private readonly lifeTimer: Timer;

  constructor(
    stack: Ipv6Stack,
    dev: NetDevice,
    address: Ipv6Address,
    prefixLength: number,
    flags: number,
    origin: InterfaceAddress6['origin'] = '',
  ) {
    this.stack = stack;
    this.dev = dev;
    this.address = address;
    this.prefixLength = prefixLength;
    this.flags = flags | IFA_F_TENTATIVE;
    this.origin = origin;
    this.scope = ipv6Scope(address);
    this.dadTimer = dev.host.timer(() => this.dadWork());
    this.lifeTimer = dev.host.timer(() => this.lifetimeEnded());
  }

  get tentative(): boolean {
    return (this.flags & IFA_F_TENTATIVE) !== 0;
  }

  get deprecated(): boolean {
    return (this.flags & IFA_F_DEPRECATED) !== 0;
  }

  /** addrconf_dad_begin: joins the solicited-node group and starts detection, or does without. */
  startDad(): void {
    const config = this.dev.ipv6!;
    const { stack, dev } = this;
    if (stack.resolves(dev) && !this.inSolicitedGroup) {
      this.inSolicitedGroup = true;
      config.multicast.join(this.address.solicitedNodeGroup());
    }
    const acceptDad = Math.max(config.acceptDad, stack.confAll.acceptDad);
    if (!stack.resolves(dev) || acceptDad < 1 || !this.tentative || (this.flags & IFA_F_NODAD) !== 0) {
      this.completed();
      return;
    }
    if (!config.ready) return;
    const random = stack.random;
    this.dadNonce = config.enhancedDad !== 0 ? random.bytes(6) : null;
    this.probesLeft = config.dadTransmits;
    this.dadTimer.arm(Math.floor(random.unit() * Math.max(config.routerSolicitationDelayNs, 1)));
  }

  /** addrconf_dad_failure: another node has the address. */
  dadFailed(): void {
    this.dadTimer.cancel();
    this.dadNonce = null;
    if ((this.flags & IFA_F_PERMANENT) === 0) {
      this.stack.removeAddress(this.dev, this.address);
      return;
    }
    this.flags |= IFA_F_DADFAILED | IFA_F_TENTATIVE;
    this.stack.addressChanged(this.dev);
  }

  /** The device went down: an address that stays must be checked anew. */
  suspend(): void {
    this.dadTimer.cancel();
    this.dadNonce = null;
    this.flags |= IFA_F_TENTATIVE;
    this.flags &= ~IFA_F_DADFAILED;
  }

  /** Sets the lifetimes, counted from now; Infinity is for ever. */
  setLifetimes(preferredNs: number, validNs: number): void {
    const now = this.dev.host.sim.nowNs;
    this.preferredUntilNs = now + preferredNs;
    this.validUntilNs = now + validNs;
    if (preferredNs > 0) this.flags &= ~IFA_F_DEPRECATED;
    this.armLifeTimer();
  }

  destroy(): void {
    this.dadTimer.cancel();
    this.lifeTimer.cancel();
  }

  /** addrconf_dad_work. */
  private dadWork(): void {
    if (this.probesLeft === 0) {
      this.completed();
      return;
    }
    this.probesLeft--;
    const retransNs = this.dev.ipv6!.neighbourParameters.retransTimeNs;
    this.dadTimer.arm(Math.max(retransNs, MIN_DAD_INTERVAL_NS));
    this.stack.ndisc.sendDadSolicitation(this.dev, this.address, this.dadNonce);
  }

  private completed(): void {
    this.flags &= ~(IFA_F_TENTATIVE | IFA_F_DADFAILED);
    this.dadNonce = null;
    this.stack.dadCompleted(this);
  }

  /** addrconf_verify_work, for this address alone. */
  private lifetimeEnded(): void {
    const now = this.dev.host.sim.nowNs;
    if (now >= this.validUntilNs) {
      this.stack.removeAddress(this.dev, this.address);
      return;
    }
    if (now >= this.preferredUntilNs) {
      this.flags |= IFA_F_DEPRECATED;
      this.stack.addressChanged(this.dev);
    }
    this.armLifeTimer();
  }

  private armLifeTimer(): void {
    const next = this.deprecated ? this.validUntilNs : Math.min(this.preferredUntilNs, this.validUntilNs);
    if (next === Infinity) this.lifeTimer.cancel();
    else this.lifeTimer.armAt(next);
  }
}
