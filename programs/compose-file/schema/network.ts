/** Networks by Compose's keys (Compose specification, chapter "Networks"). */
import * as z from 'zod';
import { addressText, cidrText, composeBoolean, ignored, listOrMap, notModelled, textMap } from './values.ts';

export const DRIVERS = ['bridge', 'host', 'none', 'macvlan', 'ipvlan', 'overlay'] as const;

const ipamConfigSchema = z.strictObject({
  subnet: cidrText.optional(),
  ip_range: cidrText.optional(),
  gateway: addressText.optional(),
  aux_addresses: z.record(z.string(), addressText).optional(),
});
export type IpamConfig = z.output<typeof ipamConfigSchema>;

const ipamSchema = z.strictObject({
  driver: z.literal('default', { error: 'only the IPAM driver "default" is modelled' }).optional(),
  config: z.array(ipamConfigSchema).optional(),
  options: notModelled('the default IPAM driver takes none'),
});

const externalSchema = z
  .union([composeBoolean, z.strictObject({ name: z.string() })])
  .transform((value) =>
    typeof value === 'boolean' ? { external: value } : { external: true, name: value.name },
  );

const bodySchema = z.strictObject({
  name: z.string().optional(),
  driver: z
    .string()
    .optional()
    .meta({ examples: [...DRIVERS] }),
  driver_opts: textMap.optional(),
  ipam: ipamSchema.optional(),
  external: externalSchema.optional(),
  internal: composeBoolean.optional(),
  attachable: composeBoolean.optional(),
  enable_ipv6: composeBoolean.optional(),
  enable_ipv4: notModelled('the Docker release that is followed has IPv4 on every network'),
  labels: listOrMap.optional(),
  'x-host': z.string().optional().describe('The host that has it; default: every host with a service on it.'),
  driver_config: ignored,
});

export const networkSchema = z
  .union([z.null(), bodySchema])
  .transform((value) => {
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
  })
  .describe('A Docker network, by the Compose specification.');

/** A network as Compose describes it; `driver` undefined is Docker's default, bridge (overlay for a stack). */
export type Network = z.output<typeof networkSchema>;
