import { defaultLab, openLab, type Lab, type LabOptions } from '../../scenarios/index.ts';

/** The lab that a person gets who names no file. */
export async function openDefault(options: LabOptions = {}): Promise<Lab> {
  const { lab } = await openLab(defaultLab(), options);
  return lab;
}

/** Types lines one after another: what was shown, prompts and lines included. */
export async function typeAll(lab: Lab, lines: readonly string[]): Promise<string> {
  let shown = '';
  for (const line of lines) {
    if (line === '^C') shown += (await lab.interrupt()).text;
    else if (line === '^D') shown += (await lab.endInput()).text;
    else shown += (await lab.enter(line)).text;
  }
  return shown;
}
