/** Two machines with a lossy cable between them: quick to run, and different with each seed. */
export const PAIR = `name: pair
description: One ping.
hosts:
  a: { interfaces: { eth0: { address: 10.0.0.1/24 } } }
  b: { interfaces: { eth0: { address: 10.0.0.2/24 } } }
links:
  wire: { connects: [a/eth0, b/eth0], delay: 1ms }
steps:
  - a$ ping -c 10 -i 0.1 10.0.0.2
  - wait 1s
  - { run: a$ ping -c 1 10.0.0.2, expect: { exit: 0 } }
`;

/** What a ping says of itself. */
export const RECEIVED = 'received=steps.0.stdout /(\\d+) received/';
export const RTT = 'rtt=steps.0.stdout /= [\\d.]+\\/([\\d.]+)\\//';
