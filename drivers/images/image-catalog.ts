import type { PortProtocol } from '../ports/port-mapping.ts';

/** What an image brings: its userland, what it runs by default, and the ports it exposes. */
export interface Image {
  readonly userland: 'busybox' | 'debian';
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  readonly exposed: readonly { port: number; protocol: PortProtocol }[];
  readonly environment: readonly (readonly [string, string])[];
  /** Files of the image beside those every container has. */
  readonly files: readonly (readonly [string, string])[];
}

const PATH = ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] as const;

function image(
  userland: Image['userland'],
  command: readonly string[],
  ports: readonly number[] = [],
  more: Partial<Image> = {},
): Image {
  return {
    userland,
    command,
    entrypoint: [],
    exposed: ports.map((port) => ({ port, protocol: 'tcp' })),
    environment: [PATH],
    files: [],
    ...more,
  };
}

/** By repository, without tag. An image that is not here runs as busybox does. */
const IMAGES: ReadonlyMap<string, Image> = new Map([
  ['alpine', image('busybox', ['/bin/sh'])],
  ['busybox', image('busybox', ['sh'])],
  ['nginx', image('debian', ['nginx', '-g', 'daemon off;'], [80])],
  ['httpd', image('debian', ['httpd-foreground'], [80])],
  ['tomcat', image('debian', ['catalina.sh', 'run'], [8080])],
  ['redis', image('debian', ['redis-server'], [6379])],
  ['debian', image('debian', ['bash'])],
  ['ubuntu', image('debian', ['bash'])],
  ['centos', image('debian', ['bash'])],
]);

/** The image behind a reference such as `nginx:1.25` or `docker.io/library/alpine`. */
export function findImage(reference: string): Image {
  const name = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const repository = name.replace(/^docker\.io\//, '').replace(/^library\//, '');
  return IMAGES.get(repository) ?? image('busybox', ['sh']);
}
