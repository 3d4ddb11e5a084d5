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

/** Newer kubelets may send more fields: unknown ones are ignored. */
const RequestSchema = v.object({
  kind: v.literal('CredentialProviderRequest'),
  apiVersion: v.picklist(API_VERSIONS),
  image: v.pipe(v.string(), v.minLength(1)),
});

/** The kubelet's request for credentials for an image. */
export type CredentialProviderRequest = v.InferOutput<typeof RequestSchema>;

/** The response. The kubelet decodes it strictly: no extra fields, and the version of the request. */
export interface CredentialProviderResponse {
  readonly kind: 'CredentialProviderResponse';
  readonly apiVersion: CredentialProviderRequest['apiVersion'];
  /** For which other images the kubelet may use the same answer: those of the same registry, or none. */
  readonly cacheKeyType: 'Registry' | 'Image';
  /** A Go duration; `0s`: ask again next time. */
  readonly cacheDuration: string;
  /** By registry; empty: none. */
  readonly auth: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

/** Parses a request. Throws USAGE when it is invalid; the message doesn't quote it, since it may hold a token. */
export function parseRequest(text: string): CredentialProviderRequest {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), RequestSchema), text);
  if (request.success) return request.output;
  throw new KindGcrError('USAGE', 'stdin is not a CredentialProviderRequest of a known version', {
    hint: `The kubelet runs this command. Known versions: ${API_VERSIONS.join(', ')}`,
  });
}
