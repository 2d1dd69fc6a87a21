/** What `time` prints. The simulated machine charges programs no CPU time, so user and sys are 0. */
export function timingReport(elapsedNs: number, shell: 'ash' | 'dash' | 'bash'): string {
  const seconds = elapsedNs / 1e9;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds - minutes * 60;
  if (shell === 'bash') return `\nreal\t${minutes}m${rest.toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`;
  return `real\t${minutes}m ${rest.toFixed(2)}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n`;
}
