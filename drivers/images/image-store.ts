/** The images of an engine: the catalogue's are there from the start; any other name is accepted with a notice. */
import { DockerError } from '../docker-error.ts';
import { derivedId } from '../identifiers.ts';
import { CATALOGUE, type ImageDefinition } from './catalogue.ts';

export interface Image extends ImageDefinition {
  /** `nginx`, without a tag. */
  readonly repository: string;
  readonly tag: string;
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** False for names that the catalogue does not have. */
  readonly isKnown: boolean;
}

const REFERENCE =
  /^([a-z0-9]+(?:[._/:-]+[a-z0-9]+)*?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?$/;

const UNKNOWN: ImageDefinition = {
  names: [],
  userland: 'busybox',
  command: ['sh'],
  entrypoint: [],
  exposedPorts: [],
  environment: [],
  workingDirectory: '',
  stopSignal: '',
  exitCodeOnStop: null,
  sizeBytes: 5_000_000,
  files: {},
};

export class ImageStore {
  /** Images that containers were made of, besides the catalogue's. */
  private readonly used = new Map<string, Image>();

  /** The image of a reference as `nginx:1.25`. Throws Docker's error when it is none. */
  get(reference: string): Image {
    const match = REFERENCE.exec(reference);
    if (match === null) throw new DockerError('invalid', 'invalid reference format');
    const repository = match[1]!;
    const tag = match[2] ?? 'latest';
    const name = repository.replace(/^docker\.io\//, '').replace(/^library\//, '');
    const definition = find(name, tag);
    const image = {
      ...(definition ?? UNKNOWN),
      repository: name,
      tag,
      id: derivedId(`${name}:${tag}`),
      isKnown: definition !== undefined,
    };
    this.used.set(`${name}:${tag}`, image);
    return image;
  }

  /** Those that were used, newest first. */
  list(): Image[] {
    return [...this.used.values()].reverse();
  }
}

/** An entry for the very tag, else one for the name. */
function find(name: string, tag: string): ImageDefinition | undefined {
  return (
    CATALOGUE.find(({ names }) => names.includes(`${name}:${tag}`)) ??
    CATALOGUE.find(({ names }) => names.includes(`${name}:*-${tag.split('-').at(-1)!}`)) ??
    CATALOGUE.find(({ names }) => names.includes(name))
  );
}
