/** The text with its first letter made a capital (docker/cli command/utils.go capitalizeFirst). */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
