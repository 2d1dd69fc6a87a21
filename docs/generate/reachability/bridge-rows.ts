import type { Row } from './row.ts';

const WEB = 'web/eth0';
const DIRECT = [53, 80] as const;
const PUBLISHED = [5353, 8080] as const;
const LOOPBACK = [5354, 8081] as const;
const MUTE_PUBLISHED = [5355, 8082] as const;
const ANY_ADDRESS = [9200, 9001] as const;
const HOST_MODE = [9100, 9101] as const;

const CONTAINER = 'container';
const HOST = 'host';
const OUTSIDE = 'outside';
const INTERNAL = 'container on an internal network';
const MUTE = 'container with icc=false';

/** By the address that the peer has itself. */
export const ADDRESS_ROWS: readonly Row[] = [
  { from: CONTAINER, to: 'container on the same default bridge', by: ['c2', '172.17.0.2', WEB] },
  { from: CONTAINER, to: 'container on the same network', by: ['b1', '172.18.0.3', 'b2/eth0'] },
  { from: CONTAINER, to: 'container on another network', by: ['c2', '172.18.0.2', 'b1/eth0'] },
  {
    from: CONTAINER,
    to: 'port that nobody listens on, same network',
    by: ['c2', '172.17.0.2', WEB],
    ports: [9999, 9999],
  },
  { from: CONTAINER, to: 'address that nobody has, same network', by: ['c2', '172.17.0.99', WEB] },
  { from: CONTAINER, to: 'its gateway', by: ['c2', '172.17.0.1', 'host1/docker0'] },
  { from: CONTAINER, to: 'address of the host', by: ['c2', '192.168.99.109', 'host1/docker0'] },
  {
    from: CONTAINER,
    to: 'address of the host, service on 0.0.0.0',
    by: ['c2', '192.168.99.109', 'host1/docker0'],
    ports: ANY_ADDRESS,
  },
  { from: CONTAINER, to: 'gateway of another network', by: ['c2', '172.18.0.1', 'host1/docker0'] },
  { from: CONTAINER, to: OUTSIDE, by: ['c2', '192.168.99.1', 'outside/eth0'] },
  { from: HOST, to: CONTAINER, by: ['host1', '172.17.0.2', WEB] },
  {
    from: 'outside, with a route to the bridge',
    to: 'container, port not published',
    by: ['outside', '172.17.0.2', WEB],
  },
  {
    from: 'outside, with a route to the bridge',
    to: 'container, published port',
    by: ['outside', '172.17.0.2', WEB],
    ports: DIRECT,
  },
  {
    from: 'outside, with a route to the bridge',
    to: 'gateway of the bridge',
    by: ['outside', '172.17.0.1', 'host1/eth0'],
  },
];

export const INTERNAL_ROWS: readonly Row[] = [
  { from: INTERNAL, to: 'container on the same network', by: ['i1', '172.19.0.3', 'i2/eth0'] },
  { from: INTERNAL, to: 'container on another network', by: ['i1', '172.17.0.2', WEB] },
  { from: INTERNAL, to: 'its gateway', by: ['i1', '172.19.0.1', 'host1/br-inner'] },
  { from: INTERNAL, to: 'address of the host', by: ['i1', '192.168.99.109', 'host1/br-inner'] },
  { from: INTERNAL, to: OUTSIDE, by: ['i1', '192.168.99.1', 'outside/eth0'] },
  { from: HOST, to: INTERNAL, by: ['host1', '172.19.0.2', 'i1/eth0'] },
  { from: CONTAINER, to: INTERNAL, by: ['c2', '172.19.0.2', 'i1/eth0'] },
  { from: 'outside, with a route to the bridge', to: INTERNAL, by: ['outside', '172.19.0.2', 'i1/eth0'] },
  { from: MUTE, to: 'container on the same network', by: ['m1', '172.20.0.3', 'm2/eth0'] },
  { from: MUTE, to: 'its gateway', by: ['m1', '172.20.0.1', 'host1/br-mute'] },
  { from: MUTE, to: OUTSIDE, by: ['m1', '192.168.99.1', 'outside/eth0'] },
  { from: HOST, to: MUTE, by: ['host1', '172.20.0.2', 'm1/eth0'] },
];

export const MODE_ROWS: readonly Row[] = [
  { from: 'container in mode host', to: CONTAINER, by: ['h1', '172.17.0.2', WEB] },
  {
    from: CONTAINER,
    to: 'container in mode host, by the address of the host',
    by: ['c2', '192.168.99.109', 'host1/docker0'],
    ports: HOST_MODE,
  },
  {
    from: OUTSIDE,
    to: 'container in mode host, by the address of the host',
    by: ['outside', '192.168.99.109', 'host1/eth0'],
    ports: HOST_MODE,
  },
  { from: 'container in mode none', to: CONTAINER, by: ['n1', '172.17.0.2', WEB] },
  { from: 'container in mode none', to: OUTSIDE, by: ['n1', '192.168.99.1', 'outside/eth0'] },
  { from: "container in web's namespace", to: CONTAINER, by: ['w2', '172.17.0.3', 'c2/eth0'] },
  {
    from: CONTAINER,
    to: "container in web's namespace, by web's address",
    by: ['c2', '172.17.0.2', WEB],
    ports: HOST_MODE,
  },
];

/** Of ports that are published on all addresses; `[address of the host]:8080` and so on. */
export const PUBLISHED_ROWS: readonly Row[] = [
  { from: OUTSIDE, to: 'host address', by: ['outside', '192.168.99.109', WEB], ports: PUBLISHED },
  {
    from: 'outside, with a route to the bridge',
    to: 'gateway',
    by: ['outside', '172.17.0.1', WEB],
    ports: PUBLISHED,
  },
  { from: HOST, to: 'host address', by: ['host1', '192.168.99.109', WEB], ports: PUBLISHED },
  { from: HOST, to: '127.0.0.1', by: ['host1', '127.0.0.1', WEB], ports: PUBLISHED },
  { from: HOST, to: 'gateway', by: ['host1', '172.17.0.1', WEB], ports: PUBLISHED },
  { from: 'the container itself', to: 'host address', by: ['web', '192.168.99.109', WEB], ports: PUBLISHED },
  { from: 'the container itself', to: 'gateway', by: ['web', '172.17.0.1', WEB], ports: PUBLISHED },
  { from: 'same network', to: 'host address', by: ['c2', '192.168.99.109', WEB], ports: PUBLISHED },
  { from: 'same network', to: 'gateway', by: ['c2', '172.17.0.1', WEB], ports: PUBLISHED },
  { from: 'other network', to: 'host address', by: ['b1', '192.168.99.109', WEB], ports: PUBLISHED },
  { from: 'other network', to: 'its own gateway', by: ['b1', '172.18.0.1', WEB], ports: PUBLISHED },
  {
    from: 'other network',
    to: "gateway of the container's network",
    by: ['b1', '172.17.0.1', WEB],
    ports: PUBLISHED,
  },
  { from: 'other network', to: "the container's address", by: ['b1', '172.17.0.2', WEB], ports: DIRECT },
  { from: 'internal network', to: 'host address', by: ['i1', '192.168.99.109', WEB], ports: PUBLISHED },
  {
    from: 'same network, icc=false',
    to: 'host address',
    by: ['m2', '192.168.99.109', 'm1/eth0'],
    ports: MUTE_PUBLISHED,
  },
  {
    from: OUTSIDE,
    to: 'host address, container with icc=false',
    by: ['outside', '192.168.99.109', 'm1/eth0'],
    ports: MUTE_PUBLISHED,
  },
];

/** Of ports that are published on 127.0.0.1. */
export const LOOPBACK_ROWS: readonly Row[] = [
  { from: OUTSIDE, to: 'host address', by: ['outside', '192.168.99.109', WEB], ports: LOOPBACK },
  { from: HOST, to: '127.0.0.1', by: ['host1', '127.0.0.1', WEB], ports: LOOPBACK },
  { from: HOST, to: 'host address', by: ['host1', '192.168.99.109', WEB], ports: LOOPBACK },
  { from: 'same network', to: 'host address', by: ['c2', '192.168.99.109', WEB], ports: LOOPBACK },
  { from: 'same network', to: 'gateway', by: ['c2', '172.17.0.1', WEB], ports: LOOPBACK },
  { from: 'other network', to: 'host address', by: ['b1', '192.168.99.109', WEB], ports: LOOPBACK },
];
