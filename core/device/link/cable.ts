import type { Simulator } from '../../sim/simulator.ts';
import type { Impairments } from './impairments.ts';
import { LinkLane } from './link-lane.ts';
import type { Nic } from './nic.ts';

/** A link of a scenario: something that joins network cards and can be cut. */
export interface PhysicalLink {
  readonly name: string;
  readonly nics: readonly Nic[];
  setUp(up: boolean): void;
}

/** A cable between two cards: one lane each way. */
export class Cable implements PhysicalLink {
  readonly name: string;
  readonly nics: readonly [Nic, Nic];
  private readonly lanes: readonly [LinkLane, LinkLane];

  /** `forward` is what frames from the first card meet, `backward` those from the second. */
  constructor(
    sim: Simulator,
    name: string,
    first: Nic,
    second: Nic,
    forward: Impairments,
    backward: Impairments,
  ) {
    this.name = name;
    this.nics = [first, second];
    this.lanes = [
      new LinkLane(sim, `${name}:${first.host.name}/${first.name}`, forward, second),
      new LinkLane(sim, `${name}:${second.host.name}/${second.name}`, backward, first),
    ];
    first.lane = this.lanes[0];
    second.lane = this.lanes[1];
    first.setLinkUp(true);
    second.setLinkUp(true);
  }

  setUp(up: boolean): void {
    for (const [index, nic] of this.nics.entries()) {
      this.lanes[index]!.setUp(up, nic.host);
      nic.setLinkUp(up);
    }
  }
}
