/** Whether a file is named `-`, standard input or output. yargs makes an empty text of a lone dash. */
export function isLoneDash(file: string): boolean {
  return file === '-' || file === '';
}
