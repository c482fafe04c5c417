// Command watch-cluster-control-plane is every server that the cluster tests need, in one binary:
// etcd, the Kubernetes control plane, kubectl and the distribution registry, as sub-commands.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// commands maps the name of a part to the constructor of its command line.
var commands = map[string]func() *cobra.Command{
	"etcd":                    etcdCommand,
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":                 cmd.NewDefaultKubectlCommand,
	"registry":                registryCommand,
}

func main() {
	// kubectl looks at os.Args itself, so a part is its own program from here on: argument zero is its name.
	if len(os.Args) > 1 {
		if command, found := commands[os.Args[1]]; found {
			os.Args = os.Args[1:]
			os.Exit(cli.Run(command()))
		}
	}
	fmt.Fprintf(os.Stderr, "usage: %s PART [FLAG ...]\nparts: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, registry\n",
		filepath.Base(os.Args[0]))
	os.Exit(2)
}
