/** Options of overlay networks (libnetwork drivers/overlay/ov_network.go CreateNetwork, overlay.go, encryption.go). */
import { DockerError } from '../docker-error.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';

export const OVERLAY_LABEL = {
  /** VNIs by subnet, with commas between; managers set it. */
  vxlanIds: 'com.docker.network.driver.overlay.vxlanid_list',
  mtu: 'com.docker.network.driver.mtu',
  encrypted: 'encrypted',
} as const;

/** What the driver takes the underlay's MTU to be: it never looks. */
const DEFAULT_UNDERLAY_MTU = 1500;
/** Outer IPv4, UDP, VXLAN and inner Ethernet headers (vxlanEncap). */
const VXLAN_OVERHEAD = 50;
/** ESP's SPI, number, IV, next header, pad length and ICV (pktExpansion); its alignment is 4 bytes. */
const ESP_OVERHEAD = 26;
const ESP_ALIGNMENT = 4;

export interface OverlayOptions {
  readonly vnis: readonly number[];
  readonly encrypted: boolean;
  /** The underlay's MTU as `com.docker.network.driver.mtu` says; 0 when not given. */
  readonly mtu: number;
}

export function parseOverlayOptions(
  options: ReadonlyMap<string, string>,
  release: EngineRelease,
): OverlayOptions {
  return {
    vnis: parseVnis(options.get(OVERLAY_LABEL.vxlanIds)),
    encrypted: isEncrypted(options.get(OVERLAY_LABEL.encrypted), release),
    mtu: parseMtu(options.get(OVERLAY_LABEL.mtu)),
  };
}

/** The MTU of the containers' interfaces (maxMTU): what the underlay takes less the encapsulation. */
export function overlayMtu({ mtu, encrypted }: OverlayOptions): number {
  const plain = (mtu === 0 ? DEFAULT_UNDERLAY_MTU : mtu) - VXLAN_OVERHEAD;
  if (!encrypted) return plain;
  const room = plain - ESP_OVERHEAD;
  return room - (room % ESP_ALIGNMENT);
}

function parseVnis(text: string | undefined): number[] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((part) => {
    if (!/^\d+$/.test(part)) {
      throw new DockerError('invalid', `invalid vxlan id value "${part}" passed`);
    }
    return Number(part);
  });
}

/** Up to release 20.10 the option counts whatever its value. */
function isEncrypted(value: string | undefined, release: EngineRelease): boolean {
  if (value === undefined) return false;
  return !isAtLeast(release, 23) || !/^(0|f|F|FALSE|false|False)$/.test(value);
}

function parseMtu(text: string | undefined): number {
  if (text === undefined) return 0;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) {
    throw new DockerError(
      'internal',
      `failed to parse ${text}: strconv.Atoi: parsing "${text}": invalid syntax`,
    );
  }
  if (value < 0) throw new DockerError('internal', `invalid MTU value: ${value}`);
  return value;
}
