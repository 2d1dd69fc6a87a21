/** Per-device IPv6 settings and addresses (struct inet6_dev). */
export interface Ipv6Configuration {
  disableIpv6: number;
}
