import type { Run } from '../line-input.ts';
import { address } from './address.ts';
import type { IpCommand } from './ip-command.ts';
import { link } from './link.ts';
import { maddress } from './maddress.ts';
import { neighbour } from './neighbour.ts';
import { netns } from './netns.ts';
import { route } from './route.ts';
import { rule } from './rule.ts';
import { xfrm } from './xfrm/index.ts';

/** Carries out `ip OBJECT …` and returns the exit code. */
export type IpObject = (command: IpCommand) => number | Run<number>;

/** The objects in iproute2's order, which decides what an abbreviation means (`ip a`, `ip r`). */
export const IP_OBJECTS: readonly (readonly [string, IpObject])[] = [
  ['address', address],
  ['maddress', maddress],
  ['route', route],
  ['rule', rule],
  ['neighbor', neighbour],
  ['neighbour', neighbour],
  ['link', link],
  ['netns', netns],
  ['xfrm', xfrm],
];
