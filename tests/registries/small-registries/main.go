// Command watch-cluster-small-registries serves a registry of one make, which keeps all images in memory.
package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

const usage = "usage: watch-cluster-small-registries MAKE ADDRESS; it runs until its standard input closes"

func main() {
	if len(os.Args) != 3 {
		exit(usage)
	}
	go exitWithParent()
	log.Fatal(http.ListenAndServe(os.Args[2], registryOf(os.Args[1])))
}

func registryOf(name string) http.Handler {
	switch name {
	case "olareg":
		quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
		return olareg.New(config.Config{Storage: config.ConfigStorage{StoreType: config.StoreMem}, Log: quiet})
	case "ociregistry":
		return ociserver.New(ocimem.New(), &ociserver.Options{MaxListPageSize: 100})
	}
	exit("there is no registry of this make: " + name)
	return nil
}

func exit(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}

// exitWithParent ends the server when its standard input closes, so that none outlives a test run that was killed.
func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}
