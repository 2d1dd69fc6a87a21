import type { IpPrefix } from '../../protocols/ip-address.ts';

/** The keys of daemon.json that are modelled, by their own names. */
export interface DaemonConfig {
  readonly bip?: IpPrefix | undefined;
  readonly bridge?: string | undefined;
  readonly mtu?: number | undefined;
  readonly ip?: string | undefined;
  readonly ipv6?: boolean | undefined;
  readonly 'fixed-cidr'?: string | undefined;
  readonly 'fixed-cidr-v6'?: string | undefined;
  readonly 'default-gateway'?: string | undefined;
  readonly 'default-gateway-v6'?: string | undefined;
  readonly 'default-address-pools'?: readonly { base: IpPrefix; size: number }[] | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly 'dns-opts'?: readonly string[] | undefined;
  readonly 'dns-search'?: readonly string[] | undefined;
  readonly icc?: boolean | undefined;
  readonly iptables?: boolean | undefined;
  readonly ip6tables?: boolean | undefined;
  readonly 'ip-forward'?: boolean | undefined;
  readonly 'ip-masq'?: boolean | undefined;
  readonly 'userland-proxy'?: boolean | undefined;
}
