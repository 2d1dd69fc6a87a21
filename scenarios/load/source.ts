import { YamlSource } from '../../programs/compose-file/yaml-source.ts';
import { quoteCaptureMaps } from './capture-maps.ts';

/** The text of a scenario file. */
export class ScenarioSource extends YamlSource {
  constructor(text: string, file: string) {
    super(text, file, quoteCaptureMaps);
  }
}
