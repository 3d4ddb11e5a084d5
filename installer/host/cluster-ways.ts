import type { Settings, Way } from './settings.ts';

/** The settings with clusters that get credentials in a certain way; undefined is the default. */
export function withWay(settings: Settings, clusters: readonly string[], way: Way | undefined): Settings {
  const ways = { ...settings.ways };
  for (const cluster of clusters) {
    delete ways[cluster];
    if (way !== undefined) ways[cluster] = way;
  }
  return { ...settings, clusters: [...new Set([...settings.clusters, ...clusters])], ways };
}

/** The settings without these clusters. */
export function withoutClusters(settings: Settings, gone: readonly string[]): Settings {
  const ways = Object.entries(settings.ways ?? {}).filter(([cluster]) => !gone.includes(cluster));
  const clusters = settings.clusters.filter((cluster) => !gone.includes(cluster));
  return { ...settings, clusters, ways: Object.fromEntries(ways) };
}
