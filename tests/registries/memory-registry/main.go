// Command watch-cluster-memory-registry serves the registry of go-containerregistry, which keeps all images in memory.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: watch-cluster-memory-registry ADDRESS; it runs until its standard input closes")
		os.Exit(2)
	}
	go exitWithParent()
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
}

// exitWithParent ends the server when its standard input closes, so that none outlives a test run that was killed.
func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}
