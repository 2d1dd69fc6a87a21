/** Networks by Compose's keys (Compose specification, chapter "Networks"). */
import * as v from 'valibot';
import { described } from './described.ts';
import { map, mapOf } from './map.ts';
import { oneOf } from './one-of.ts';
import {
  addressText,
  cidrText,
  composeBoolean,
  ignored,
  listOrMap,
  notModelled,
  text,
  textMap,
} from './values.ts';

export const DRIVERS = ['bridge', 'host', 'none', 'macvlan', 'ipvlan', 'overlay'] as const;

const ipamConfigSchema = map({
  subnet: v.optional(cidrText),
  ip_range: v.optional(cidrText),
  gateway: v.optional(addressText),
  aux_addresses: v.optional(mapOf(text, addressText)),
});
export type IpamConfig = v.InferOutput<typeof ipamConfigSchema>;

const ipamSchema = map({
  driver: v.optional(v.literal('default', 'only the IPAM driver "default" is modelled')),
  config: v.optional(v.array(ipamConfigSchema)),
  options: notModelled('the default IPAM driver takes none'),
});

const externalSchema = v.pipe(
  oneOf([composeBoolean, map({ name: text })]),
  v.transform((value) =>
    typeof value === 'boolean' ? { external: value } : { external: true, name: value.name },
  ),
);

const bodySchema = map({
  name: v.optional(text),
  driver: v.optional(v.pipe(text, v.examples([...DRIVERS]))),
  driver_opts: v.optional(textMap),
  ipam: v.optional(ipamSchema),
  external: v.optional(externalSchema),
  internal: v.optional(composeBoolean),
  attachable: v.optional(composeBoolean),
  enable_ipv6: v.optional(composeBoolean),
  enable_ipv4: notModelled('the Docker release that is followed has IPv4 on every network'),
  labels: v.optional(listOrMap),
  'x-host': v.optional(described(text, 'The host that has it; default: every host with a service on it.')),
  driver_config: ignored,
});

export const networkSchema = described(
  v.pipe(
  oneOf([v.null(), bodySchema]),
  v.transform((value) => {
    const { external, ipam, name, driver, driver_opts, internal, attachable, enable_ipv6, labels, ...rest } =
      value ?? {};
    return {
      /** Undefined: Compose makes one of the project's name and the key. */
      name: name ?? (external && 'name' in external ? external.name : undefined),
      driver,
      driverOpts: driver_opts ?? {},
      ipam: ipam?.config ?? [],
      external: external?.external ?? false,
      internal: internal ?? false,
      attachable: attachable ?? false,
      enableIpv6: enable_ipv6 ?? false,
      labels: labels ?? {},
      host: rest['x-host'],
    };
  }),
  ),
  'A Docker network, by the Compose specification.',
);

/** A network as Compose describes it; `driver` undefined is Docker's default, bridge (overlay for a stack). */
export type Network = v.InferOutput<typeof networkSchema>;
