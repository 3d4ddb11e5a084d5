# shellcheck shell=bash
# Kubernetes, compiled from Debian's source package with Debian's Go, offline. Nothing of this is installed on the machine.

make_go() { unpack_packages $KUBERNETES_SUITE "$1" golang-$GO_VERSION-go golang-$GO_VERSION-src; }
inputs_go() { printf '%s %s\n' $KUBERNETES_SUITE $GO_VERSION; }

# A tree as Go's GOPATH mode wants it, which is how Debian builds this package: module mode refuses its vendor folder.
make_kubernetes_source() {
  local reflect2=src/github.com/modern-go/reflect2 tree=$1/src/k8s.io/kubernetes
  unpack_source $KUBERNETES_SUITE kubernetes "$tree"
  # The vendored reflect2 1.0.1 panics with Go 1.18 and later (`kubeadm init` dies of it); Debian has 1.0.2.
  unpack_packages $KUBERNETES_SUITE "$1/reflect2" golang-github-modern-go-reflect2-dev
  rm -rf "$tree/vendor/${reflect2#src/}"
  cp -r "$1/reflect2/usr/share/gocode/$reflect2" "$tree/vendor/${reflect2#src/}"
  rm -rf "$1/reflect2"
}
inputs_kubernetes_source() { printf '%s %s\n' $KUBERNETES_SUITE $KUBERNETES_VERSION; }

# go_in_kubernetes ARGUMENTS...: the go command, at home in the source tree.
go_in_kubernetes() {
  local source
  source=$(built kubernetes-source)
  (
    # shellcheck disable=SC2164 # `set -e` is on in every builder
    cd "$source/src/k8s.io/kubernetes"
    GOROOT=$(built go)/usr/lib/go-$GO_VERSION
    # The build cache outlives the artefacts: a second program shares most of its packages with the first.
    env -i PATH="$GOROOT/bin:$PATH" HOME="$LAB" GOROOT="$GOROOT" GOPATH="$source" GOCACHE="$LAB/gocache" GOTMPDIR="${TMPDIR:-/tmp}" \
      GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local go "$@"
  )
}

# go_program NAME FOLDER [BUILD_FLAGS...]: FOLDER/NAME from cmd/NAME.
go_program() {
  local name=$1 folder=$2 flags='-s -w' package
  shift 2
  for package in vendor/k8s.io/component-base/version vendor/k8s.io/client-go/pkg/version; do
    flags+=" -X k8s.io/kubernetes/$package.gitVersion=$KUBERNETES_VERSION -X k8s.io/kubernetes/$package.gitMajor=1"
    flags+=" -X k8s.io/kubernetes/$package.gitMinor=20 -X k8s.io/kubernetes/$package.gitTreeState=archive"
  done
  go_in_kubernetes build -trimpath -ldflags "$flags" "$@" -o "$folder/$name" "k8s.io/kubernetes/cmd/$name"
}
inputs_go_program() {
  input_functions go_program go_in_kubernetes
  input_artefacts go kubernetes-source
}

# Without the cloud providers and dockershim, which a kind node never uses: smaller, and minutes faster to build.
make_kubelet() { go_program kubelet "$1" -tags 'providerless dockerless'; }
inputs_kubelet() { inputs_go_program; }

build_kubelet() { build go kubernetes-source kubelet; }

# What a whole cluster needs besides the kubelet.
CLUSTER_PROGRAMS=(kubeadm kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy)

# The API server's description of its own types is generated from comments in the source; the source package comes without it.
OPENAPI=pkg/generated/openapi
make_openapi() {
  local tree folders
  tree=$(built kubernetes-source)/src/k8s.io/kubernetes
  go_in_kubernetes build -o "$TMPDIR/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
  folders=$(cd "$tree" && { tagged_folders cmd pkg plugin; (cd staging/src && tagged_folders k8s.io) | sed 's#^#vendor/#'; } |
    sed 's#^#k8s.io/kubernetes/#' | paste -sd,)
  (
    # shellcheck disable=SC2164
    cd "$tree"
    PATH=$(built go)/usr/lib/go-$GO_VERSION/bin:$PATH GOROOT=$(built go)/usr/lib/go-$GO_VERSION GOPATH=$(built kubernetes-source) GO111MODULE=off \
      "$TMPDIR/openapi-gen" --logtostderr --go-header-file /dev/null --input-dirs "$folders" --report-filename /dev/null \
      --output-base "$1" --output-package k8s.io/kubernetes/$OPENAPI --output-file-base zz_generated.openapi
  )
}
inputs_openapi() {
  input_functions tagged_folders go_in_kubernetes
  input_artefacts go kubernetes-source
}

# The folders below FOLDER... whose Go files ask for such a description, the examples of how to ask left out.
tagged_folders() {
  grep -rl --include='*.go' --exclude='*_test.go' '+k8s:openapi-gen=' "$@" | xargs -n 1 dirname | sort -u |
    grep -v -e /generated -e '^k8s.io/code-generator' -e '^k8s.io/sample-apiserver' -e _examples -e testdata
}

make_kubernetes() {
  local name
  # Laid over the source tree, which stays as Debian has it.
  jq -n --arg at "$(built kubernetes-source)/src/k8s.io/kubernetes/$OPENAPI/zz_generated.openapi.go" \
    --arg file "$(built openapi)/k8s.io/kubernetes/$OPENAPI/zz_generated.openapi.go" '{ Replace: { ($at): $file } }' > "$TMPDIR/overlay.json"
  for name in "${CLUSTER_PROGRAMS[@]}"; do go_program "$name" "$1" -tags providerless -overlay "$TMPDIR/overlay.json"; done
}
inputs_kubernetes() {
  inputs_go_program
  input_artefacts openapi
  printf '%s\n' "${CLUSTER_PROGRAMS[@]}"
}

# The same kubelet with one literal changed: it keeps the credentials it has read for 3 seconds instead of 5 minutes. For tests in which
# time must run faster; what users rely on is shown on the unchanged one.
make_kubelet_fastcache() {
  local file
  file=$(built kubernetes-source)/src/k8s.io/kubernetes/pkg/credentialprovider/provider.go
  sed 's/5 \* time\.Minute/3 * time.Second/' "$file" > "$TMPDIR/provider.go"
  [ "$(diff "$file" "$TMPDIR/provider.go" | grep -c '^>')" -eq 1 ]
  jq -n --arg at "$file" --arg file "$TMPDIR/provider.go" '{ Replace: { ($at): $file } }' > "$TMPDIR/overlay.json"
  go_program kubelet "$1" -tags 'providerless dockerless' -overlay "$TMPDIR/overlay.json"
}
inputs_kubelet_fastcache() { inputs_go_program; }

# A program that prints how the kubelet's own code reads a docker config, for tests that compare our reading with it.
make_credential_oracle() { go_in_kubernetes build -trimpath -ldflags '-s -w' -o "$1/credential-oracle" "$LAB_HOME/oracle/main.go"; }
inputs_credential_oracle() {
  input_functions go_in_kubernetes
  input_artefacts go kubernetes-source
  input_files "$LAB_HOME/oracle"
}

lab_credential_oracle() {
  # The source of another node image's kubelet is not available here.
  own_engine || fail $EX_UNAVAILABLE 'the oracle speaks for the kubelet of the lab alone' 'Unset KINDGCR_E2E_NODE_IMAGE to ask it.'
  build go kubernetes-source credential-oracle
  printf '%s\n' "$(built credential-oracle)/credential-oracle"
}
