import * as z from 'zod';
import { daemonConfigSchema } from './daemon-config.ts';
import { oneOrMany, textMap } from '../../programs/compose-file/schema/values.ts';
import { address, cidr, interfaceName, mac, mtu } from './values.ts';

export const interfaceSchema = z
  .strictObject({
    address: cidr.optional(),
    addresses: z.array(cidr).optional(),
    gateway: oneOrMany(address)
      .optional()
      .describe('The default route goes here; one for each family at most.'),
    mac: mac.optional(),
    mtu: mtu.optional(),
    promiscuous: z
      .boolean()
      .optional()
      .describe('true: always on. false: refused; the card takes frames for its own MAC only. Default: at need.'),
    gso: z
      .boolean()
      .optional()
      .describe('TCP makes super-packets, cut into frames just before the card. Default: false.'),
    tso: z
      .boolean()
      .optional()
      .describe('The same, cut by the card: a capture on it shows them whole. Default: false.'),
    gro: z
      .boolean()
      .optional()
      .describe('TCP segments that arrive together go up as one packet. Default: false.'),
  })
  .transform(({ address: first, addresses = [], gateway = [], promiscuous, gso, tso, gro, ...rest }) => ({
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
  }))
  .describe('A network card of the host.');
/** A network card, its addresses in the order given. */
export type HostInterface = z.output<typeof interfaceSchema>;

export const routeSchema = z
  .strictObject({
    to: z.union([z.literal('default'), cidr]),
    via: address.optional(),
    dev: interfaceName.optional(),
  })
  .describe('As `ip route add TO via VIA dev DEV`.');
export type HostRoute = z.output<typeof routeSchema>;

const dockerSchema = z
  .union([z.boolean(), z.null(), daemonConfigSchema])
  .transform((value) => (value === false ? undefined : value === true || value === null ? {} : value));

export const hostSchema = z
  .union([
    z.null(),
    z.strictObject({
      interfaces: z.union([z.null(), z.record(interfaceName, z.union([z.null(), interfaceSchema]))]).optional(),
      docker: dockerSchema
        .optional()
        .describe('daemon.json keys; {} for the defaults. Without it: a plain machine.'),
      routes: z.array(routeSchema).optional(),
      sysctls: textMap.optional().describe('Set at boot, as net.ipv4.ip_forward: 1.'),
      files: z.record(z.string(), z.string()).optional().describe('Files of this host: path to content.'),
      run: z.array(z.string().min(1)).optional().describe('Programs started at boot, in the background.'),
    }),
  ])
  .transform((value) => {
    const { interfaces, docker, routes = [], sysctls = {}, files = {}, run = [] } = value ?? {};
    return { interfaces: withDefaults(interfaces ?? {}), docker, routes, sysctls, files, run };
  })
  .describe('A machine.');
/** A machine; `docker` is undefined on one without Docker. */
export type Host = z.output<typeof hostSchema>;

function withDefaults(interfaces: Record<string, HostInterface | null>): Record<string, HostInterface> {
  const out: Record<string, HostInterface> = {};
  for (const [key, value] of Object.entries(interfaces)) {
    out[key] = value ?? interfaceSchema.parse({});
  }
  return out;
}
