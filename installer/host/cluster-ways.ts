import type { Settings, Way } from './settings.ts';

/** The settings with clusters that are supplied in a certain way; undefined is the usual one. */
export function withWay(settings: Settings, clusters: readonly string[], way: Way | undefined): Settings {
  const ways = { ...settings.ways };
  for (const cluster of clusters) {
    delete ways[cluster];
    if (way !== undefined) ways[cluster] = way;
  }
  return { ...settings, clusters: [...new Set([...settings.clusters, ...clusters])], ways };
}

/** The settings with no other clusters than these. */
export function withOnly(settings: Settings, clusters: readonly string[]): Settings {
  const ways = Object.entries(settings.ways ?? {}).filter(([cluster]) => clusters.includes(cluster));
  return { ...settings, clusters: [...clusters], ways: Object.fromEntries(ways) };
}
