import * as z from 'zod';
import { cidrText, name } from '../../programs/compose-file/schema/values.ts';
import { address, interfaceName } from './values.ts';

const nodeAddress = z.union([address, interfaceName]);

export const swarmSchema = z
  .strictObject({
    managers: z.array(name).min(1, 'a swarm needs a manager').describe('The first one runs `swarm init`.'),
    workers: z.array(name).default([]),
    'advertise-addr': z.record(name, nodeAddress).default({}).describe('By host: address or interface.'),
    'data-path-addr': z.record(name, nodeAddress).default({}).describe('By host: address or interface.'),
    'data-path-port': z.int().min(1024).max(49151).optional(),
    'default-addr-pool': z.array(cidrText).default([]),
    'default-addr-pool-mask-length': z.int().min(1).max(30).optional(),
  })
  .describe('Hosts that form a swarm before the first step.');

export type Swarm = z.output<typeof swarmSchema>;
