/** A duration in milliseconds for people: `42 min`; not below zero. */
export function inWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.max(Math.floor(milliseconds / 1000), 0)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
