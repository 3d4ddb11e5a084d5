import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const FactsSchema = v.object({
  version: v.string(),
  description: v.string(),
  homepage: v.pipe(v.string(), v.url()),
  license: v.string(),
});

/** What package managers want to know about the product. */
export type ProductFacts = v.InferOutput<typeof FactsSchema>;

/** Reads them from `package.json`. */
export async function productFacts(root: string): Promise<ProductFacts> {
  return v.parse(FactsSchema, JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
}
