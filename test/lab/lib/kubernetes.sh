# shellcheck shell=bash
# Kubernetes, compiled from Debian's source package with Debian's Go, offline. Nothing of this is installed on the machine.

make_go() { unpack_packages $NODE_SUITE "$1" golang-$GO_VERSION-go golang-$GO_VERSION-src; }
inputs_go() { printf '%s %s\n' $NODE_SUITE $GO_VERSION; }

# A tree as Go's GOPATH mode wants it, which is how Debian builds this package: module mode refuses its vendor folder.
make_kubernetes_source() {
  local reflect2=src/github.com/modern-go/reflect2 tree=$1/src/k8s.io/kubernetes
  unpack_source $NODE_SUITE kubernetes "$tree"
  # The vendored reflect2 1.0.1 panics with Go 1.18 and later (`kubeadm init` dies of it); Debian has 1.0.2.
  unpack_packages $NODE_SUITE "$1/reflect2" golang-github-modern-go-reflect2-dev
  rm -rf "$tree/vendor/${reflect2#src/}"
  cp -r "$1/reflect2/usr/share/gocode/$reflect2" "$tree/vendor/${reflect2#src/}"
  rm -rf "$1/reflect2"
}
inputs_kubernetes_source() { printf '%s %s\n' $NODE_SUITE $KUBERNETES_VERSION; }

# go_in_kubernetes ARGUMENTS...: the go command, at home in the source tree.
go_in_kubernetes() {
  local source
  source=$(built kubernetes-source)
  (
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
