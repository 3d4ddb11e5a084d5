import * as v from 'valibot';
import { KindGcrError } from '../../core/errors.ts';

/**
 * The kubelet's exec protocol for credentials: a request as JSON on stdin, a response as JSON on stdout. Source:
 * kubernetes/kubernetes, `staging/src/k8s.io/kubelet/pkg/apis/credentialprovider`. The three versions differ in name only.
 */
const API_VERSIONS = [
  'credentialprovider.kubelet.k8s.io/v1',
  'credentialprovider.kubelet.k8s.io/v1beta1',
  'credentialprovider.kubelet.k8s.io/v1alpha1',
] as const;

/** A kubelet newer than this program may tell more: what is not known here is passed over. */
const RequestSchema = v.object({
  kind: v.literal('CredentialProviderRequest'),
  apiVersion: v.picklist(API_VERSIONS),
  image: v.pipe(v.string(), v.minLength(1)),
});

/** What the kubelet asks: credentials for an image. */
export type CredentialProviderRequest = v.InferOutput<typeof RequestSchema>;

/** The answer. The kubelet decodes it strictly: not a field more, and the version that it asked in. */
export interface CredentialProviderResponse {
  readonly kind: 'CredentialProviderResponse';
  readonly apiVersion: CredentialProviderRequest['apiVersion'];
  /** For which other images the kubelet may use the same answer: those of the same registry, or none. */
  readonly cacheKeyType: 'Registry' | 'Image';
  /** As Go writes a duration; `0s`: ask again next time. */
  readonly cacheDuration: string;
  /** By registry; empty: none. */
  readonly auth: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

/** Reads a request. Throws USAGE when it is none; the message does not quote it, since it may hold a token. */
export function parseRequest(text: string): CredentialProviderRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), RequestSchema), text);
  if (request.success) return request.output;
  throw new KindGcrError('USAGE', 'what came on stdin is not a CredentialProviderRequest of a version that is known', {
    hint: `This command is run by the kubelet. It knows ${API_VERSIONS.join(', ')}.`,
  });
}
