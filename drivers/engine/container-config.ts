import type { ExtraHost } from '../names/hosts-file.ts';
import type { PortBinding, PortProtocol } from '../ports/port-mapping.ts';
import type { EndpointSettings } from './endpoint.ts';

/** `docker create` after its words were read. */
export interface ContainerConfig {
  readonly name: string;
  readonly image: string;
  /** The command after the image; empty: the image's own. */
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: ReadonlyMap<string, string>;
  readonly hostname?: string;
  readonly domainname?: string;
  /** 'default', 'bridge', 'host', 'none', 'container:NAME', or a network's name. */
  readonly networkMode: string;
  /** Per network: what was asked for; the first is the network of `networkMode` when that names one. */
  readonly networks: ReadonlyMap<string, EndpointSettings>;
  readonly ports: readonly PortBinding[];
  readonly exposed: readonly { port: number; protocol: PortProtocol }[];
  readonly publishAll?: boolean;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly ExtraHost[];
  /** `--link name:alias` on the default bridge. */
  readonly links: readonly { name: string; alias: string }[];
  readonly labels?: ReadonlyMap<string, string>;
  readonly sysctls?: ReadonlyMap<string, string>;
  readonly macAddress?: Uint8Array;
  readonly autoRemove?: boolean;
  readonly restartPolicy?: string;
  readonly privileged?: boolean;
  readonly capAdd?: readonly string[];
  readonly tty?: boolean;
  readonly openStdin?: boolean;
}
