import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { choice } from '../../programs/compose-file/schema/choice.ts';
import { map, mapOf } from '../../programs/compose-file/schema/map.ts';
import { duration, flag, text } from '../../programs/compose-file/schema/values.ts';
import { mtu, probability, queueLimit, rate, vlanId, type QueueLimit } from './values.ts';

const impairments = {
  rate: v.optional(described(rate, 'Bits per second; without it frames take no time to send.')),
  delay: v.optional(described(duration, 'Propagation delay, one way.')),
  jitter: v.optional(described(duration, 'The delay varies by up to this much, uniformly, either way.')),
  loss: v.optional(probability),
  duplicate: v.optional(probability),
  reorder: v.optional(described(probability, 'Share of frames that overtake those before them.')),
  corrupt: v.optional(described(probability, 'Share of frames in which a bit is flipped.')),
  queue: v.optional(described(queueLimit, 'What may wait to be sent at each end; default 1000 packets.')),
};

/** What happens to frames in one direction. */
export interface LinkDirection {
  /** Infinity: sending takes no time. */
  readonly rateBps: number;
  readonly delayNs: number;
  readonly jitterNs: number;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly corrupt: number;
  readonly queue: QueueLimit;
}

/** The VLANs of a switch port: untagged frames belong to `access` or `native`; `trunk` are passed tagged. */
export interface PortVlans {
  readonly access: number | undefined;
  readonly trunk: readonly number[];
  readonly native: number | undefined;
}

export interface LinkEnd {
  readonly host: string;
  readonly interface: string;
  /** What frames sent from this end meet. */
  readonly transmit: LinkDirection;
  /** Undefined: the port takes no notice of tags. */
  readonly vlans: PortVlans | undefined;
}

/** A cable (two ends) or a switch (more). */
export interface Link {
  readonly ends: readonly LinkEnd[];
  readonly kind: 'cable' | 'switch';
  /** Largest frame payload passed, in bytes; undefined: no limit of its own. */
  readonly mtu: number | undefined;
  /** The switch drops frames whose source is not the MAC of the card they come from. */
  readonly refusesForeignMacs: boolean;
  /** The switch sends a frame back out of the port it came from when that is where its destination is. */
  readonly reflective: boolean;
}

const DEFAULT_QUEUE: QueueLimit = { packets: 1000 };

const linkEndText = v.pipe(
  text,
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9_.@-]{1,15}$/,
    'an end is written host/interface, as host1/eth0',
  ),
);

const directionSchema = map(impairments);
type DirectionInput = v.InferOutput<typeof directionSchema>;

const vlansSchema = v.pipe(
  map({
    access: v.optional(vlanId),
    trunk: v.optional(v.array(vlanId)),
    native: v.optional(vlanId),
  }),
  v.check((vlans) => vlans.access === undefined || vlans.trunk === undefined, 'a port is either access or trunk'),
);

const linkMap = map({
  connects: v.pipe(v.array(linkEndText), v.minLength(2, 'a link has two ends or more')),
  ...impairments,
  mtu: v.optional(mtu),
  from: v.optional(
    described(
      mapOf(linkEndText, directionSchema),
      'What differs for frames sent from one end, as { host1/eth0: { delay: 5ms } }.',
    ),
  ),
  vlans: v.optional(described(mapOf(linkEndText, vlansSchema), 'VLANs of switch ports, by end.')),
  foreign_macs: v.optional(
    described(
      choice(['pass', 'refuse']),
      "refuse: the switch passes frames from the cards' own MACs only, as many clouds do.",
    ),
  ),
  reflective: v.optional(
    described(
      flag,
      'The switch may send frames back out of the port they came from (802.1Qbg), for vepa.',
    ),
  ),
});

export const linkSchema = described(
  v.pipe(
  linkMap,
  v.transform((input): Link => {
    const { connects, mtu: linkMtu, from = {}, vlans = {}, foreign_macs, reflective = false, ...both } = input;
    const refusesForeignMacs = foreign_macs === 'refuse';
    const ends = connects.map((text): LinkEnd => {
      const slash = text.indexOf('/');
      const own = vlans[text];
      return {
        host: text.slice(0, slash),
        interface: text.slice(slash + 1),
        transmit: resolveDirection(both, from[text] ?? {}),
        vlans: own && { access: own.access, trunk: own.trunk ?? [], native: own.native },
      };
    });
    const hasPorts = Object.keys(vlans).length > 0;
    return {
      ends,
      kind: ends.length === 2 && !hasPorts && !refusesForeignMacs && !reflective ? 'cable' : 'switch',
      mtu: linkMtu,
      refusesForeignMacs,
      reflective,
    };
  }),
  ),
  'Two ends: a cable; more, or anything only a switch can do: a switch.',
);

function resolveDirection(both: DirectionInput, own: DirectionInput): LinkDirection {
  return {
    rateBps: own.rate ?? both.rate ?? Infinity,
    delayNs: own.delay ?? both.delay ?? 0,
    jitterNs: own.jitter ?? both.jitter ?? 0,
    loss: own.loss ?? both.loss ?? 0,
    duplicate: own.duplicate ?? both.duplicate ?? 0,
    reorder: own.reorder ?? both.reorder ?? 0,
    corrupt: own.corrupt ?? both.corrupt ?? 0,
    queue: own.queue ?? both.queue ?? DEFAULT_QUEUE,
  };
}
