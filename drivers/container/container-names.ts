import type { RandomStream } from '../../core/sim/random-streams.ts';

const ADJECTIVES = (
  'admiring adoring amazing bold brave busy charming clever compassionate condescending confident cool dazzling ' +
  'determined eager ecstatic elastic elated elegant eloquent epic exciting fervent festive focused friendly frosty ' +
  'funny gallant gifted goofy gracious great happy hardcore heuristic hopeful hungry infallible inspiring ' +
  'interesting jolly jovial keen kind laughing loving lucid magical modest musing mystifying naughty nervous nice ' +
  'nifty nostalgic objective optimistic peaceful pedantic pensive practical priceless quirky quizzical recursing ' +
  'relaxed reverent romantic serene sharp silly sleepy stoic strange stupefied sweet tender thirsty trusting ' +
  'unruffled upbeat vibrant vigilant vigorous wizardly wonderful xenodochial youthful zealous zen'
).split(' ');

const SURNAMES = (
  'agnesi archimedes babbage banach bartik bell bohr boole borg brahmagupta carson cerf chandrasekhar clarke cori ' +
  'curie darwin davinci dijkstra einstein elion engelbart euclid euler faraday fermat fermi feynman franklin galileo ' +
  'galois gauss germain goldberg goodall hamilton hawking heisenberg hellman hermann hodgkin hopper hugle hypatia ' +
  'jackson jang jones kalam keller kepler khorana kirch knuth lamarr leakey leavitt lovelace lumiere mayer mccarthy ' +
  'mcclintock mclean meitner mendel mestorf mirzakhani moore morse newton nightingale nobel noether pare pasteur ' +
  'payne perlman pike poincare ptolemy raman ramanujan ritchie roentgen rosalind saha sammet shannon shaw sinoussi ' +
  'stallman swartz tesla thompson torvalds turing varahamihira villani volhard wescoff wiles williams wilson wing ' +
  'wozniak wright yalow yonath'
).split(' ');

/** A name as Docker makes up for a container that was given none: an adjective and a scientist. */
export function generateName(random: RandomStream, isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const adjective = ADJECTIVES[random.below(ADJECTIVES.length)]!;
    const surname = SURNAMES[random.below(SURNAMES.length)]!;
    const name = `${adjective}_${surname}${attempt > 5 ? random.below(10) : ''}`;
    if (name !== 'boring_wozniak' && !isTaken(name)) return name;
  }
}
