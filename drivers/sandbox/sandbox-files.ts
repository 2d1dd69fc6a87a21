/** /etc/hosts, /etc/resolv.conf and /etc/hostname of a container (libnetwork sandbox_dns_unix.go, etchosts). */
import type { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import { hostsFileText, type ExtraHost } from '../names/hosts-file.ts';
import {
  defaultBridgeResolvConf,
  embeddedDnsResolvConf,
  externalServers,
  isNdotsSet,
  type DnsOverrides,
  type ExternalServer,
  type ResolvConfOptions,
} from '../names/resolv-conf.ts';

const HOSTS = '/etc/hosts';
const RESOLV_CONF = '/etc/resolv.conf';

export interface SandboxFilesOptions {
  readonly release: EngineRelease;
  /** Where the files are. */
  readonly fileSystem: VirtualFileSystem;
  readonly hostname: string;
  readonly domainname: string;
  readonly extraHosts: readonly ExtraHost[];
  readonly dns: DnsOverrides;
  /** The host's /etc/resolv.conf. */
  readonly hostResolvConf: string;
  /** The host's /etc/hosts, to be copied; null for a file of the container's own. */
  readonly hostHosts: string | null;
  /** resolv.conf is the host's as it is (`--network host`). */
  readonly copiesResolvConf: boolean;
  /** The container gets IPv6 addresses. */
  readonly hasIpv6: boolean;
  /** Its kernel has IPv6. */
  readonly kernelHasIpv6: boolean;
}

export class SandboxFiles {
  private readonly options: SandboxFilesOptions;
  private readonly resolvConf: ResolvConfOptions;

  constructor(options: SandboxFilesOptions) {
    this.options = options;
    this.resolvConf = {
      release: options.release,
      hostText: options.hostResolvConf,
      overrides: options.dns,
      hasIpv6: options.hasIpv6,
    };
    const { fileSystem } = options;
    fileSystem.writeText('/etc/hostname', `${options.hostname}\n`);
    fileSystem.writeText(HOSTS, this.hostsText());
    fileSystem.writeText(RESOLV_CONF, this.firstResolvConf());
  }

  /** A line for one of the container's addresses, after those that are there. */
  addOwnAddress(address: IpAddress): void {
    const { fileSystem } = this.options;
    fileSystem.writeText(HOSTS, (fileSystem.readText(HOSTS) ?? '') + this.ownLine(address));
  }

  removeOwnAddress(address: IpAddress): void {
    const { fileSystem } = this.options;
    const kept = (fileSystem.readText(HOSTS) ?? '')
      .split(/(?<=\n)/)
      .filter((line) => line !== this.ownLine(address));
    fileSystem.writeText(HOSTS, kept.join(''));
  }

  /** The address of a linked container, or its new one after a restart. */
  setLinkedAddress(names: string, address: IpAddress): void {
    const { fileSystem } = this.options;
    const lines = (fileSystem.readText(HOSTS) ?? '').split('\n');
    const updated = lines.map((line) => {
      const [, known] = line.split('\t');
      return known === names ? `${formatIp(address)}\t${names}` : line;
    });
    fileSystem.writeText(HOSTS, updated.join('\n'));
  }

  /** From now on names are resolved by 127.0.0.11. */
  useEmbeddedDns(): void {
    this.options.fileSystem.writeText(RESOLV_CONF, embeddedDnsResolvConf(this.resolvConf));
  }

  get externalServers(): ExternalServer[] {
    return externalServers(this.resolvConf);
  }

  get ndotsSet(): boolean {
    return isNdotsSet(this.resolvConf);
  }

  private hostsText(): string {
    const { hostHosts, extraHosts } = this.options;
    if (hostHosts !== null && extraHosts.length === 0) return hostHosts;
    return hostsFileText({ ...this.hostsOptions(), extraHosts, addresses: [] });
  }

  private ownLine(address: IpAddress): string {
    const text = hostsFileText({ ...this.hostsOptions(), addresses: [address] });
    return text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
  }

  private hostsOptions() {
    const { release, hostname, domainname, kernelHasIpv6 } = this.options;
    return { release, hostname, domainname, hasIpv6Loopback: kernelHasIpv6 || !isAtLeast(release, 26) };
  }

  private firstResolvConf(): string {
    const { dns, copiesResolvConf, hostResolvConf } = this.options;
    const isOverridden = dns.nameservers.length + dns.search.length + dns.options.length > 0;
    return copiesResolvConf && !isOverridden ? hostResolvConf : defaultBridgeResolvConf(this.resolvConf);
  }
}
