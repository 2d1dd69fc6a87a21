/**
 * A daemon whose host loses its power, and the one that starts when it is back (daemon/daemon.go restore): it finds
 * networks and containers on its disk, makes the networks anew, and starts the containers by their restart policies.
 * Not modelled: restarts of the daemon alone, live restore.
 */
import { powerOff } from '../../core/host/power.ts';
import type { Host } from '../../core/host/host.ts';
import { isContainerMode } from '../container/container-config.ts';
import type { Container } from '../container/container.ts';
import { shouldRestart, startContainer } from '../container/lifecycle.ts';
import { DockerError } from '../docker-error.ts';
import { engineOf, replaceEngine } from './engine-registry.ts';
import type { Engine } from './engine.ts';
import type { SwarmMembership } from './swarm-membership.ts';

/** What containers that ran have for an exit code after their daemon was gone. */
const LOST_EXIT_CODE = 255;

/** What a daemon has on its disk, beside networks and containers themselves. */
interface Remains {
  /** Containers that ran, or were about to be restarted. */
  readonly ran: ReadonlySet<Container>;
  /** Those of them that were on networks of the swarm. */
  readonly onSwarm: ReadonlySet<Container>;
  readonly swarm: SwarmMembership | null;
}

const remains = new WeakMap<Host, Remains>();

/** Power is lost on a host, with or without Docker. What Docker's books hold of it is settled. */
export function powerOffHost(host: Host): void {
  const engine = engineOf(host);
  if (engine === null) {
    powerOff(host);
    return;
  }
  host.running = false; // before anything is taken down: nobody hears of it
  engine.isStopped = true;
  const containers = engine.containers.list();
  const ran = containers.filter(({ isRunning, state }) => isRunning || state.status === 'restarting');
  const onSwarm = ran.filter(({ endpoints }) => endpoints.some(({ network }) => network.scope === 'swarm'));
  const { swarm } = engine;
  remains.set(host, { ran: new Set(ran), onSwarm: new Set(onSwarm), swarm });
  for (const { process } of ran) process?.kill(9);
  swarm?.powerLost();
  powerOff(host);
  for (const container of ran) Object.assign(container.state, { status: 'exited', exitCode: LOST_EXIT_CODE });
}

/** dockerd starts on a host whose power is back; nothing on a host without it. */
export function rebootEngine(host: Host): void {
  const old = engineOf(host);
  if (old === null) return;
  const engine = replaceEngine(host, old);
  const { ran, onSwarm, swarm } = remains.get(host)!;
  remains.delete(host);
  const restarting = engine.containers
    .list()
    .filter((each) => ran.has(each) && shouldRestart(each, LOST_EXIT_CODE));
  startAll(
    engine,
    restarting.filter((each) => !onSwarm.has(each)),
  );
  if (swarm === null) return;
  swarm.resume(engine);
  // restartSwarmContainers: once a manager can be asked for their networks.
  engine.swarm!.whenReady(() =>
    startAll(
      engine,
      restarting.filter((each) => onSwarm.has(each)),
    ),
  );
}

/** Those that live in another container's network come after it. One that cannot be started stays where it is. */
function startAll(engine: Engine, containers: readonly Container[]): void {
  const isGuest = ({ hostConfig }: Container) => isContainerMode(hostConfig.networkMode);
  for (const container of [...containers.filter((each) => !isGuest(each)), ...containers.filter(isGuest)]) {
    try {
      startContainer(engine, container);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
    }
  }
}
