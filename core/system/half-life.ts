/** The moment half-way between two others: when something that is valid from one to the other should be renewed. */
export function halfWay(from: Date, expiresAt: Date): Date {
  return new Date(from.getTime() + Math.max(expiresAt.getTime() - from.getTime(), 0) / 2);
}
