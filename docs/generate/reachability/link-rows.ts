import type { Row } from './row.ts';

const M1 = 'm1/eth0';
/** Where frames for a container come in: in mode l3s its own interface does not show them. */
const PARENT = 'host1/eth0';
const M3 = 'host1:m3/eth0';
export const SIBLING = 'sibling on the same parent';
const TO_OTHER_VLAN = 'container on VLAN 50, through a router';

/** The questions of macvlan and ipvlan l2: m1 and m2 on eth0, m3 on eth1, m4 on eth0.50. */
export const LINK_ROWS: readonly Row[] = [
  { from: 'container', to: 'its host', by: ['m1', '192.168.99.109', 'host1/eth0'] },
  { from: 'container', to: SIBLING, by: ['m1', '192.168.99.202', 'm2/eth0'] },
  { from: 'container', to: 'container on another parent', by: ['m1', '192.168.99.203', M3] },
  { from: 'container', to: 'outside', by: ['m1', '192.168.99.1', 'outside/eth0'] },
  { from: 'container', to: TO_OTHER_VLAN, by: ['m1', '192.168.50.204', 'm4/eth0'] },
  {
    from: 'container',
    to: 'machine on VLAN 50, same subnet',
    by: ['m1', '192.168.99.50', 'tagged/eth0.50'],
  },
  { from: 'its host', to: 'container', by: ['host1', '192.168.99.201', M1] },
  { from: 'container on another parent', to: 'container', by: ['host1:m3', '192.168.99.201', M1] },
  { from: 'outside', to: 'container', by: ['outside', '192.168.99.201', M1] },
  { from: 'container on VLAN 50, through a router', to: 'container', by: ['m4', '192.168.99.201', M1] },
  { from: 'its host', to: 'outside', by: ['host1', '192.168.99.1', 'outside/eth0'] },
];

/** The same of ipvlan l3 and l3s, whose containers have subnets of their own. */
export const LAYER3_ROWS: readonly Row[] = [
  { from: 'container', to: 'its host', by: ['m1', '192.168.99.109', 'host1/lo'] },
  { from: 'container', to: SIBLING, by: ['m1', '10.50.1.11', 'm2/eth0'] },
  { from: 'container', to: 'sibling on the same parent, other subnet', by: ['m1', '10.50.2.10', 'm5/eth0'] },
  { from: 'container', to: 'container on another parent', by: ['m1', '192.168.99.203', M3] },
  { from: 'container', to: 'outside', by: ['m1', '192.168.99.1', 'outside/eth0'] },
  { from: 'container', to: TO_OTHER_VLAN, by: ['m1', '192.168.50.204', 'm4/eth0'] },
  { from: 'its host', to: 'container', by: ['host1', '10.50.1.10', PARENT] },
  { from: 'container on another parent', to: 'container', by: ['host1:m3', '10.50.1.10', PARENT] },
  { from: 'outside', to: 'container', by: ['outside', '10.50.1.10', PARENT] },
  { from: 'container on VLAN 50, through a router', to: 'container', by: ['m4', '10.50.1.10', PARENT] },
  { from: 'its host', to: 'outside', by: ['host1', '192.168.99.1', 'outside/eth0'] },
];
