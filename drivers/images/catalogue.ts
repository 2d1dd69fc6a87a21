/**
 * What well-known images run and which tools they have. What is in an image beyond that is not modelled: every
 * program there is can be started in any of them.
 */
export interface ImageDefinition {
  /** `nginx`, or `nginx:1.25` and `nginx:*-alpine` for tags that differ. */
  readonly names: readonly string[];
  readonly userland: 'busybox' | 'debian';
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  /** `80/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  /** '' for SIGTERM. */
  readonly stopSignal: string;
  /**
   * What the image's own command exits with when it is told to stop. Null: it does not listen to the signal, and as
   * the first process of its PID namespace it then does not get it.
   */
  readonly exitCodeOnStop: number | null;
  readonly sizeBytes: number;
  /** Files by path. */
  readonly files: Readonly<Record<string, string>>;
}

const BASE: ImageDefinition = {
  names: [],
  userland: 'debian',
  command: [],
  entrypoint: [],
  exposedPorts: [],
  environment: [],
  workingDirectory: '',
  stopSignal: '',
  exitCodeOnStop: null,
  sizeBytes: 0,
  files: {},
};

const RUN_ARGUMENTS = '#!/bin/sh\nexec "$@"\n';

const NGINX: ImageDefinition = {
  ...BASE,
  names: ['nginx'],
  entrypoint: ['/docker-entrypoint.sh'],
  command: ['nginx', '-g', 'daemon off;'],
  exposedPorts: ['80/tcp'],
  environment: ['NGINX_VERSION=1.25.3'],
  stopSignal: 'SIGQUIT',
  exitCodeOnStop: 0,
  sizeBytes: 187_000_000,
  files: { '/docker-entrypoint.sh': RUN_ARGUMENTS },
};

const REDIS: ImageDefinition = {
  ...BASE,
  names: ['redis'],
  entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
  command: ['redis-server'],
  exposedPorts: ['6379/tcp'],
  workingDirectory: '/data',
  exitCodeOnStop: 0,
  sizeBytes: 138_000_000,
  files: { '/usr/local/bin/docker-entrypoint.sh': RUN_ARGUMENTS },
};

const PYTHON: ImageDefinition = {
  ...BASE,
  names: ['python'],
  command: ['python3'],
  environment: ['PYTHON_VERSION=3.12.1'],
  sizeBytes: 1_020_000_000,
};

export const CATALOGUE: readonly ImageDefinition[] = [
  { ...BASE, names: ['alpine'], userland: 'busybox', command: ['/bin/sh'], sizeBytes: 7_340_000 },
  { ...BASE, names: ['busybox'], userland: 'busybox', command: ['sh'], sizeBytes: 4_260_000 },
  { ...BASE, names: ['debian'], command: ['bash'], sizeBytes: 117_000_000 },
  { ...BASE, names: ['ubuntu'], command: ['/bin/bash'], sizeBytes: 77_900_000 },
  { ...BASE, names: ['centos', 'fedora'], command: ['/bin/bash'], sizeBytes: 231_000_000 },
  { ...BASE, names: ['nicolaka/netshoot'], command: ['bash'], sizeBytes: 465_000_000 },
  NGINX,
  { ...NGINX, names: ['nginx:alpine', 'nginx:*-alpine'], userland: 'busybox', sizeBytes: 42_600_000 },
  {
    ...BASE,
    names: ['httpd'],
    command: ['httpd-foreground'],
    exposedPorts: ['80/tcp'],
    environment: ['HTTPD_PREFIX=/usr/local/apache2', 'HTTPD_VERSION=2.4.58'],
    workingDirectory: '/usr/local/apache2',
    stopSignal: 'SIGWINCH',
    exitCodeOnStop: 0,
    sizeBytes: 168_000_000,
  },
  {
    ...BASE,
    names: ['tomcat'],
    command: ['catalina.sh', 'run'],
    exposedPorts: ['8080/tcp'],
    environment: ['CATALINA_HOME=/usr/local/tomcat', 'TOMCAT_VERSION=10.1.16'],
    workingDirectory: '/usr/local/tomcat',
    exitCodeOnStop: 143,
    sizeBytes: 455_000_000,
  },
  PYTHON,
  { ...PYTHON, names: ['python:alpine', 'python:*-alpine'], userland: 'busybox', sizeBytes: 51_800_000 },
  REDIS,
  { ...REDIS, names: ['redis:alpine', 'redis:*-alpine'], userland: 'busybox', sizeBytes: 41_000_000 },
];
