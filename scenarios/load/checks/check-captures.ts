import { FilterError } from '../../../core/capture/filter/filter-error.ts';
import { compileFilter } from '../../../core/capture/filter/packet-filter.ts';
import type { Capture, CapturePoint } from '../../schema/capture.ts';
import type { KnownNodes } from '../known-nodes.ts';
import type { Path } from '../../../programs/compose-file/yaml-source.ts';
import { suggestion } from '../../../programs/compose-file/suggest.ts';
import type { Draft, Report } from './draft.ts';

/** Devices that Docker and the kernel make on a host. */
const MADE_DEVICE =
  /^(?:lo|any|docker0|docker_gwbridge|br-.+|veth.+|vxlan.*|tunl0|macvlan.*|ipvlan.*|dummy.*|br\d+)$/;

/** Captures listen where something is, and each writes a file of its own. */
export function checkCaptures(draft: Draft, nodes: KnownNodes, report: Report): void {
  const files = new Map<string, string>();
  draft.captures.forEach((capture, i) => {
    const path = ['captures', i];
    claimFile(files, capture, [...path, 'file'], report);
    checkFilter(capture, [...path, 'filter'], report);
    capture.points.forEach((point, k) => {
      checkPoint(
        draft,
        nodes,
        point,
        capture.points.length > 1 ? [...path, 'on', k] : [...path, 'on'],
        report,
      );
    });
  });
  for (const step of draft.steps) {
    if (step.kind === 'capture-start') {
      for (const capture of step.captures) {
        claimFile(files, capture, step.path, report);
        checkFilter(capture, step.path, report);
        for (const point of capture.points) checkPoint(draft, nodes, point, step.path, report);
      }
    }
    if (step.kind === 'capture-stop') {
      for (const name of step.names) {
        const known = [...files.values()];
        if (!known.includes(stem(name)))
          report(step.path, `no capture "${name}" was started`, suggestion(name, known));
      }
    }
  }
}

/** A capture's name without its extension. */
function stem(file: string): string {
  return file.replace(/\.pcap(?:ng)?$/, '');
}

function checkFilter(capture: Capture, path: Path, report: Report): void {
  try {
    compileFilter(capture.filter);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const within = path.at(-1) === 'filter' ? error.column - 1 : 0;
    report(path, error.message, "write it in tcpdump's language, as udp port 53 or icmp", 'value', within);
  }
}

function claimFile(files: Map<string, string>, capture: Capture, path: Path, report: Report): void {
  const key = capture.file.toLowerCase(); // some file systems do not tell case apart
  if (files.has(key)) report(path, `two captures write ${capture.file}`, 'give each its own name');
  files.set(key, stem(capture.file));
}

function checkPoint(draft: Draft, nodes: KnownNodes, point: CapturePoint, path: Path, report: Report): void {
  if (!nodes.has(point.node)) {
    report(path, `there is no host or container "${point.node}"`, suggestion(point.node, nodes.names));
    return;
  }
  const host = Object.hasOwn(draft.hosts, point.node) ? draft.hosts[point.node] : undefined;
  if (host === undefined || point.netns !== undefined) return;
  const { device } = point;
  const isNetwork = Object.entries(draft.networks).some(
    ([key, network]) => device === key || device === network.name,
  );
  const isOther = isNetwork || MADE_DEVICE.test(device) || nodes.mentions(device);
  if (Object.hasOwn(host.interfaces, device) || isOther) return;
  const known = [
    ...Object.keys(host.interfaces),
    ...Object.keys(draft.networks),
    ...(host.docker ? ['docker0'] : []),
  ];
  report(path, `${point.node} has no interface "${device}"`, suggestion(device, known));
}
