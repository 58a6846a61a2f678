//go:build tools

// Package daprd pins the unmodified Dapr sidecar, so that `make up STACK=dapr` can build it where nobody has installed it.
package daprd

import _ "github.com/dapr/dapr/cmd/daprd"
