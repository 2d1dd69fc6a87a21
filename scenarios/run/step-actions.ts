import { powerOffHost } from '../../drivers/engine/reboot.ts';
import type { StepAction } from '../load/parse-step.ts';
import type { Scenario } from '../load/scenario.ts';
import type { CaptureManager } from './capture-manager.ts';
import { killContainer } from './docker-names.ts';
import { reboot } from './reboot.ts';
import type { World } from './world.ts';

/** What a step does at once: all but running a command and waiting. */
export type InstantAction = Exclude<StepAction, { kind: 'run' | 'wait' }>;

/** Does what the words of steps say. The names of links and hosts are known to be right. */
export class StepActions {
  private readonly world: World;
  private readonly scenario: Scenario;
  private readonly captures: CaptureManager;

  constructor(world: World, scenario: Scenario, captures: CaptureManager) {
    this.world = world;
    this.scenario = scenario;
    this.captures = captures;
  }

  /** Throws an UnknownNodeError when something named is not there now. */
  apply(action: InstantAction): void {
    switch (action.kind) {
      case 'capture-start':
        for (const capture of action.captures) this.captures.start(capture);
        return;
      case 'capture-stop':
        this.captures.stop(action.names);
        return;
      case 'link':
        this.switchLink(action.link, action.up, action.durationNs);
        return;
      case 'host':
        this.switchHost(action.host, action.up);
        return;
      case 'kill':
        killContainer(this.world, action.container);
        return;
    }
  }

  private switchLink(name: string, up: boolean, durationNs: number | undefined): void {
    const { sim } = this.world;
    const link = this.world.links.get(name)!;
    link.setUp(up);
    if (durationNs !== undefined) sim.at(sim.nowNs + durationNs, () => link.setUp(!up));
  }

  /** Power: a machine that is down receives nothing and runs nothing; up again, it boots. Its links stay plugged in. */
  private switchHost(name: string, up: boolean): void {
    const host = this.world.host(name);
    if (host.running === up) return;
    if (up) reboot(this.world, name, this.scenario.hosts[name]!);
    else powerOffHost(host);
  }
}
