import { findKeyword, type IpCommand } from './ip-command.ts';
import { isAboutIpv6 } from './prefix6.ts';
import { changeRoute, deleteRoute } from './route-change.ts';
import { getRoute } from './route-get.ts';
import { flushRoutes, showRoutes } from './route-list.ts';
import { changeRoute6, deleteRoute6 } from './route6-change.ts';
import { getRoute6 } from './route6-get.ts';

const COMMANDS = [
  'add',
  'change',
  'chg',
  'replace',
  'prepend',
  'append',
  'delete',
  'list',
  'show',
  'lst',
  'get',
  'flush',
];

/** What the two families do in their own way; lists are read and printed alike. */
const FAMILIES = {
  4: { changeRoute, deleteRoute, getRoute },
  6: { changeRoute: changeRoute6, deleteRoute: deleteRoute6, getRoute: getRoute6 },
} as const;

/** `ip route` and `ip -6 route`. Not modelled: several next hops, encapsulations. */
export function route(command: IpCommand): number {
  const word = command.take() ?? 'show';
  const family = isAboutIpv6(command) ? 6 : 4;
  const { changeRoute, deleteRoute, getRoute } = FAMILIES[family];
  switch (findKeyword(word, COMMANDS)) {
    case 'add':
      return changeRoute(command, { create: true, replace: false, exclusive: true });
    case 'append':
    case 'prepend':
      return changeRoute(command, { create: true, replace: false, exclusive: false });
    case 'replace':
      return changeRoute(command, { create: true, replace: true, exclusive: false });
    case 'change':
    case 'chg':
      return changeRoute(command, { create: false, replace: true, exclusive: false });
    case 'delete':
      return deleteRoute(command);
    case 'get':
      return getRoute(command);
    case 'flush':
      return flushRoutes(command, family);
    case 'list':
    case 'show':
    case 'lst':
      return showRoutes(command, family);
    default:
      return command.unknownCommand('route', word);
  }
}
