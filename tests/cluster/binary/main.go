// Command watch-cluster-control-plane is every server that the cluster tests need, in one binary:
// etcd, the Kubernetes control plane, the kubelet and the distribution registry, with kubectl beside them, as sub-commands.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // kubeconfigs of any provider, as with the kubectl that people have
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// servers maps the name of a server to the constructor of its command line.
var servers = map[string]func() *cobra.Command{
	"etcd":                    etcdCommand,
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"registry":                registryCommand,
}

func main() {
	if len(os.Args) < 2 {
		exitWithUsage()
	}
	// kubectl looks at os.Args itself, so a part is its own program from here on: argument zero is its name.
	os.Args = os.Args[1:]
	switch part := os.Args[0]; part {
	case "kubectl":
		runKubectl()
	case "service-account-key":
		os.Exit(cli.Run(serviceAccountKeyCommand()))
	default:
		server, found := servers[part]
		if !found {
			exitWithUsage()
		}
		go exitWithParent()
		os.Exit(cli.Run(server()))
	}
}

// runKubectl does what the main function of kubectl does, to the letter of its messages and exit codes.
func runKubectl() {
	logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}

// exitWithParent ends a server when its standard input closes, so that none outlives a test run that was killed.
func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func exitWithUsage() {
	fmt.Fprintln(os.Stderr, "usage: PART [FLAG ...], where PART is one of etcd, kube-apiserver, kube-controller-manager, "+
		"kube-scheduler, kubelet, registry, kubectl, service-account-key; a server runs until its standard input closes")
	os.Exit(2)
}
