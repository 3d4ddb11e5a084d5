import { inWords } from './durations.ts';

/** A time of day for people, in their own time zone: `14:32`; with the date when it isn't today, `2026-11-26 00:12`. */
export function localTime(time: Date, now: Date): string {
  const [date, clock] = [dateOf(time), `${two(time.getHours())}:${two(time.getMinutes())}`];
  return date === dateOf(now) ? clock : `${date} ${clock}`;
}

/** When something expires, for people: `until 14:32 (59 min)`. */
export function untilInWords(expiresAt: string, now: Date): string {
  const end = new Date(expiresAt);
  return `until ${localTime(end, now)} (${inWords(end.getTime() - now.getTime())})`;
}

function dateOf(time: Date): string {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
