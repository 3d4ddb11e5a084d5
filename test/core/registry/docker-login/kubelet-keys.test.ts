import { expect, test } from 'vitest';
import { authEntry } from '../../../../core/registry/docker-config.ts';
import { registryName } from '../../../../core/registry/docker-login/registry-name.ts';
import recorded from '../../../support/kubelet/verdicts.json' with { type: 'json' };

// The key that a registry's login gets in `auths`, and the images for which the kubelet's own keyring then uses the login.

const ECR = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const FIPS = '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com';
const HUB_IMAGES = ['docker.io/library/app', 'docker.io/team/app', 'index.docker.io/team/app'];

test.each([
  ['docker.io', HUB_IMAGES],
  ['https://index.docker.io/v1/', HUB_IMAGES],
  ['registry-1.docker.io', ['registry-1.docker.io/team/app']],
  ['ghcr.io', ['ghcr.io/team/app']],
  ['https://GHCR.io/v2/', ['ghcr.io/team/app']],
  ['registry.corp', ['registry.corp/team/app']],
  ['registry.corp:443', ['registry.corp:443/team/app']],
  ['http://registry.corp:5000/', ['registry.corp:5000/team/app']],
  ['gitlab.example/group', ['gitlab.example/group/app', 'gitlab.example/groups/app']],
  ['gitlab.example:5050', ['gitlab.example:5050/group/app']],
  ['team.azurecr.io', ['team.azurecr.io/app']],
  [ECR, [`${ECR}/app`]],
  [`https://${FIPS}`, [`${FIPS}/app`]],
  ['public.ecr.aws', ['public.ecr.aws/team/app']],
])('the login to %s is for exactly these images: %j', (text, images) => {
  const config = JSON.stringify({ auths: { [registryName(text).key]: { auth: authEntry('ann', 'pass').auth } } });
  const verdict = recorded.verdicts.find((one) => one.config === config);
  expect(verdict?.refused).toBe(false);
  expect(verdict?.credentials).toEqual(Object.fromEntries(images.map((image) => [image, ['ann:pass']])));
});
