import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { daemonConfigSchema } from './daemon-config.ts';
import { map, mapOf } from '../../programs/compose-file/schema/map.ts';
import { oneOf } from '../../programs/compose-file/schema/one-of.ts';
import { flag, oneOrMany, text, textMap } from '../../programs/compose-file/schema/values.ts';
import { address, cidr, interfaceName, mac, mtu } from './values.ts';

export const interfaceSchema = described(
  v.pipe(
  map({
    address: v.optional(cidr),
    addresses: v.optional(v.array(cidr)),
    gateway: v.optional(described(oneOrMany(address), 'The default route goes here; one for each family at most.')),
    mac: v.optional(mac),
    mtu: v.optional(mtu),
    promiscuous: v.optional(described(flag, 'true: always on. false: refused; the card takes frames for its own MAC only. Default: at need.')),
    gso: v.optional(described(flag, 'TCP makes super-packets, cut into frames just before the card. Default: false.')),
    tso: v.optional(described(flag, 'The same, cut by the card: a capture on it shows them whole. Default: false.')),
    gro: v.optional(described(flag, 'TCP segments that arrive together go up as one packet. Default: false.')),
  }),
  v.transform(({ address: first, addresses = [], gateway = [], promiscuous, gso, tso, gro, ...rest }) => ({
    ...rest,
    features: { gso: gso ?? false, tso: tso ?? false, gro: gro ?? false },
    addresses: first === undefined ? addresses : [first, ...addresses],
    /** Where each address stands under the interface. */
    addressPaths: [
      ...(first === undefined ? [] : [['address']]),
      ...addresses.map((_, i) => ['addresses', i]),
    ],
    gateways: gateway,
    promiscuous,
  })),
  ),
  'A network card of the host.',
);
/** A network card, its addresses in the order given. */
export type HostInterface = v.InferOutput<typeof interfaceSchema>;

export const routeSchema = described(
  map({
    to: oneOf([v.literal('default'), cidr]),
    via: v.optional(address),
    dev: v.optional(interfaceName),
  }),
  'As `ip route add TO via VIA dev DEV`.',
);
export type HostRoute = v.InferOutput<typeof routeSchema>;

const dockerSchema = v.pipe(
  oneOf([flag, v.null(), daemonConfigSchema]),
  v.transform((value) => (value === false ? undefined : value === true || value === null ? {} : value)),
);

export const hostSchema = described(
  v.pipe(
  oneOf([
    v.null(),
    map({
      interfaces: v.optional(oneOf([v.null(), mapOf(interfaceName, oneOf([v.null(), interfaceSchema]))])),
      docker: v.optional(described(dockerSchema, 'daemon.json keys; {} for the defaults. Without it: a plain machine.')),
      routes: v.optional(v.array(routeSchema)),
      sysctls: v.optional(described(textMap, 'Set at boot, as net.ipv4.ip_forward: 1.')),
      files: v.optional(described(mapOf(text, text), 'Files of this host: path to content.')),
      run: v.optional(described(v.array(v.pipe(text, v.minLength(1))), 'Programs started at boot, in the background.')),
    }),
  ]),
  v.transform((value) => {
    const { interfaces, docker, routes = [], sysctls = {}, files = {}, run = [] } = value ?? {};
    return { interfaces: withDefaults(interfaces ?? {}), docker, routes, sysctls, files, run };
  }),
  ),
  'A machine.',
);
/** A machine; `docker` is undefined on one without Docker. */
export type Host = v.InferOutput<typeof hostSchema>;

function withDefaults(interfaces: Record<string, HostInterface | null>): Record<string, HostInterface> {
  const out: Record<string, HostInterface> = {};
  for (const [key, value] of Object.entries(interfaces)) {
    out[key] = value ?? v.parse(interfaceSchema, {});
  }
  return out;
}
