import * as v from 'valibot';
import type { KindNode } from '../../kind/node.ts';
import { fullName, imageDigests } from './node-image.ts';

/** An ImagePulledRecord of kubelet.config.k8s.io, which the kubelet keeps of each image that it has pulled itself. */
const RecordSchema = v.object({
  imageRef: v.string(),
  credentialMapping: v.optional(
    v.nullable(v.record(v.string(), v.object({ nodePodsAccessible: v.optional(v.boolean(), false) }))),
  ),
});

const READ_RECORDS = 'cat /var/lib/kubelet/image_manager/pulled/sha256-* 2>/dev/null';

/**
 * Whether the kubelet keeps an image that the node has from pods without a login: it once pulled this image with a pull
 * secret and since then wants the same from every pod (KubeletEnsureSecretPulledImages, on by default since 1.35). An
 * image that the kubelet never pulled has no record and is for all; so is one that it pulled with the node's own login.
 * Source: kubernetes/kubernetes, pkg/kubelet/images/pullmanager/image_pull_manager.go, MustAttemptImagePull.
 */
export async function needsPullSecret(node: KindNode, image: string): Promise<boolean> {
  const { stdout } = await node.exec(['sh', '-c', READ_RECORDS], { timeout: 30_000 });
  if (stdout.trim() === '') return false; // an older kubelet keeps none
  const digests = await imageDigests(node, image);
  const repository = fullName(image).replace(/:[^/:]*$/, '');
  const records = stdout.split('\n').flatMap((line) => parseRecord(line) ?? []);
  return records.some(
    ({ imageRef, credentialMapping }) =>
      digests.has(imageRef) && credentialMapping?.[repository]?.nodePodsAccessible !== true,
  );
}

/** One record is one line. Records that can't be read are ignored; the kubelet reports them. */
function parseRecord(line: string): v.InferOutput<typeof RecordSchema> | undefined {
  try {
    return v.parse(RecordSchema, JSON.parse(line));
  } catch {
    return undefined;
  }
}
