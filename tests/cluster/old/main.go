// Command watch-cluster-old-control-plane is the API server and the controller manager of the oldest Kubernetes that
// Watch-Cluster supports, in one binary, as sub-commands. etcd, kubectl and the registry are those of the newest.
package main

import (
	"fmt"
	"io"
	"math/rand"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/component-base/logs"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// servers maps the name of a server to the constructor of its command line.
var servers = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
}

func main() {
	if len(os.Args) < 2 || servers[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: old-control-plane kube-apiserver|kube-controller-manager FLAGS")
		os.Exit(2)
	}
	os.Args = os.Args[1:]
	rand.Seed(time.Now().UnixNano())
	go endWithStandardInput()
	command := servers[os.Args[0]]()
	logs.InitLogs()
	defer logs.FlushLogs()
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}

// endWithStandardInput ends the process when its standard input does, so that no server outlives the run that started it.
func endWithStandardInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
