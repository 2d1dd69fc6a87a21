import type { NetDevice } from '../../core/device/net-device.ts';
import type { Host } from '../../core/host/host.ts';
import type { PacketLayer } from '../../core/trace/packet-layers.ts';
import type { SizeEntry } from '../../core/trace/size-log.ts';
import { engineOf } from '../../drivers/engine/engine-registry.ts';
import type { World } from './world.ts';

/** More notes than this nobody reads; summary.json has them all. */
const MAX_NOTES = 10;

/** What summary.json says of packets that were too long: where, how many, and which layer added what. */
export function sizeSummary(world: World): Record<string, unknown>[] {
  return entriesOf(world).map(({ host, entry }) => ({
    host: host.name,
    device: placeOf(host, entry.dev),
    outcome: entry.outcome,
    packets: entry.count,
    mtu: entry.mtu,
    shortest: entry.shortest,
    longest: entry.longest,
    layers: entry.layers,
    largestInner: largestInner(entry),
  }));
}

/** The same as sentences. */
export function sizeNotes(world: World): string[] {
  const notes = entriesOf(world).map(({ host, entry }) => noteOf(host, entry));
  if (notes.length <= MAX_NOTES) return notes;
  const more = `${notes.length - MAX_NOTES} more kinds of packets that were too long: see mtu in summary.json`;
  return [...notes.slice(0, MAX_NOTES), more];
}

function entriesOf(world: World): { host: Host; entry: SizeEntry }[] {
  return [...world.hosts.values()].flatMap((host) => host.sizeLog.entries.map((entry) => ({ host, entry })));
}

function noteOf(host: Host, entry: SizeEntry): string {
  const { layers, mtu, outcome, count, shortest, longest } = entry;
  const length = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const many = count === 1 ? '1 packet' : `${count} packets`;
  const range = shortest === longest ? '' : ` of ${shortest} to ${longest} bytes`;
  const example = count === 1 ? '' : ', the first';
  const inner = largestInner(entry);
  const advice =
    inner === null
      ? ''
      : `; the largest inner packet that fits is ${inner} (for a Docker overlay: driver option com.docker.network.driver.mtu=${mtu})`;
  return (
    `${placeOf(host, entry.dev)}: ${many}${range} ${outcome}, too long for the MTU of ${mtu}${example}: ` +
    `${sumText(layers)} = ${length} > ${mtu}${advice}`
  );
}

/** The sum from the inside out, a tunnel's bytes taken together: `inner packet 1424 + VXLAN 50 (…) + ESP 26 (…)`. */
function sumText(layers: readonly PacketLayer[]): string {
  const ethernet = layers.findIndex((layer) => layer.name === 'Ethernet');
  const isEsp = (layer: PacketLayer) => layer.name.startsWith('ESP ');
  const esp = layers.filter((layer) => isEsp(layer) && layer.name !== 'ESP padding');
  const padding = layers.filter((layer) => layer.name === 'ESP padding');
  const clear = layers.filter((layer) => !isEsp(layer));
  const parts: string[] = [];
  if (ethernet < 0) {
    parts.push(...clear.reverse().map(layerText));
  } else {
    const tunnel = layers.slice(0, ethernet + 1).filter((layer) => !isEsp(layer));
    const inner = clear.slice(tunnel.length);
    parts.push(`inner packet ${total(inner)}`, group('VXLAN', tunnel.reverse()));
  }
  if (esp.length > 0) parts.push(group('ESP', esp), ...padding.map(layerText));
  return parts.join(' + ');
}

function group(name: string, layers: readonly PacketLayer[]): string {
  return `${name} ${total(layers)} (${layers.map(layerText).join(', ')})`;
}

function layerText({ name, bytes }: PacketLayer): string {
  return `${name} ${bytes}`;
}

function total(layers: readonly PacketLayer[]): number {
  return layers.reduce((sum, layer) => sum + layer.bytes, 0);
}

/** The longest inner IP packet that the tunnel carries unfragmented at this MTU; null when there is no tunnel. */
function largestInner({ layers, mtu, espBlock }: SizeEntry): number | null {
  const ethernet = layers.findIndex((layer) => layer.name === 'Ethernet');
  if (ethernet < 0) return null;
  const around = layers.filter((layer, i) => i <= ethernet || layer.name.startsWith('ESP '));
  const bytes = total(around.filter((layer) => layer.name !== 'ESP padding'));
  if (espBlock === 0) return mtu - bytes;
  // ESP fills its text up to whole blocks; the text begins after the outer IP header, ESP header and IV.
  const length = (name: string) => layers.find((layer) => layer.name === name)?.bytes ?? 0;
  const outside = length('IPv4') + length('ESP header') + length('ESP IV') + length('ESP ICV');
  const text = Math.floor((mtu - outside) / espBlock) * espBlock;
  return text - (bytes - outside);
}

/** `c1/eth0`, `host1/eth0`, or `host1:namespace/eth0`. */
function placeOf(host: Host, dev: NetDevice): string {
  const { netns } = dev;
  if (netns === host.initNamespace) return `${host.name}/${dev.name}`;
  const container = engineOf(host)
    ?.containers.list()
    .find((each) => each.context?.netns === netns);
  if (container !== undefined) return `${container.name}/${dev.name}`;
  return `${host.name}:${netns.name || netns.id}/${dev.name}`;
}
