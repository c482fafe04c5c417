//go:build tools

package main

// The generator of a package that the module k8s.io/kubernetes does not hold.
import _ "k8s.io/kube-openapi/cmd/openapi-gen"
