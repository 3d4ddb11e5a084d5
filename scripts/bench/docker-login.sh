# shellcheck shell=bash
# Sourced by what people do by hand: a token, and docker login into a config of its own, $DOCKER_CONFIG, gone at the end.
umask 077
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -r "$DOCKER_CONFIG"' EXIT
# A config that has a login keeps docker from storing the token in a keychain.
echo '{"auths":{"gcr.io":{}}}' > "$DOCKER_CONFIG/config.json"
gcloud auth print-access-token | docker login --username oauth2accesstoken --password-stdin https://gcr.io
