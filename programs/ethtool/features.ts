import type { DeviceFeatures } from '../../core/device/device-features.ts';
import type { NetDevice } from '../../core/device/net-device.ts';

/** A line of `ethtool -k`. Without a `key` the feature is not modelled: it is off and stays so. */
export interface FeatureLine {
  readonly name: string;
  /** What -K calls it. */
  readonly short: string;
  readonly key?: Exclude<keyof DeviceFeatures, 'gsoMaxBytes'>;
  /** The kernel's names of what it is made of, where ethtool lists them. */
  readonly parts?: readonly { readonly name: string; readonly isModelled: boolean }[];
}

/** What ethtool lists for every device, in its order. */
export const FEATURE_LINES: readonly FeatureLine[] = [
  { name: 'rx-checksumming', short: 'rx' },
  { name: 'tx-checksumming', short: 'tx' },
  { name: 'scatter-gather', short: 'sg' },
  {
    name: 'tcp-segmentation-offload',
    short: 'tso',
    key: 'tso',
    parts: [
      { name: 'tx-tcp-segmentation', isModelled: true },
      { name: 'tx-tcp-ecn-segmentation', isModelled: false },
      { name: 'tx-tcp-mangleid-segmentation', isModelled: false },
      { name: 'tx-tcp6-segmentation', isModelled: true },
    ],
  },
  { name: 'generic-segmentation-offload', short: 'gso', key: 'gso' },
  { name: 'generic-receive-offload', short: 'gro', key: 'gro' },
  { name: 'large-receive-offload', short: 'lro' },
  { name: 'rx-vlan-offload', short: 'rxvlan' },
  { name: 'tx-vlan-offload', short: 'txvlan' },
  { name: 'ntuple-filters', short: 'ntuple' },
  { name: 'receive-hashing', short: 'rxhash' },
];

/** Whether the device's driver lets the feature be switched. */
export function isSwitchable(dev: NetDevice, line: FeatureLine): boolean {
  if (line.key === undefined) return false;
  if (line.key === 'tso') return dev.supportsTso;
  return line.key === 'gso' || dev.supportsGro;
}

/** What `ethtool -k` prints. */
export function featureText(dev: NetDevice): string {
  let text = `Features for ${dev.name}:\n`;
  for (const line of FEATURE_LINES) {
    const { key, parts = [] } = line;
    const fixed = isSwitchable(dev, line) ? '' : ' [fixed]';
    const state = key !== undefined && dev.features[key] ? 'on' : 'off';
    text += `${line.name}: ${state}${fixed}\n`;
    for (const part of parts) {
      text += `\t${part.name}: ${part.isModelled ? `${state}${fixed}` : 'off [fixed]'}\n`;
    }
  }
  return text;
}
