package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

// etcdCommand serves one etcd member on loopback, without fsync: its data lives as long as a test run.
func etcdCommand() *cobra.Command {
	var dataDir string
	var clientPort, peerPort int
	command := &cobra.Command{
		Use:          "etcd",
		SilenceUsage: true,
		RunE: func(_ *cobra.Command, _ []string) error {
			config := embed.NewConfig()
			config.Dir = dataDir
			config.UnsafeNoFsync = true
			config.LogLevel = "warn"
			client := url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", clientPort)}
			peer := url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", peerPort)}
			config.ListenClientUrls = []url.URL{client}
			config.AdvertiseClientUrls = []url.URL{client}
			config.ListenPeerUrls = []url.URL{peer}
			config.AdvertisePeerUrls = []url.URL{peer}
			config.InitialCluster = config.InitialClusterFromName(config.Name)
			server, err := embed.StartEtcd(config)
			if err != nil {
				return err
			}
			defer server.Close()
			stop := make(chan os.Signal, 1)
			signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
			select {
			case err := <-server.Err():
				return err
			case <-stop:
				return nil
			}
		},
	}
	command.Flags().StringVar(&dataDir, "data-dir", "", "folder of the data")
	command.Flags().IntVar(&clientPort, "client-port", 0, "port for clients")
	command.Flags().IntVar(&peerPort, "peer-port", 0, "port for peers")
	return command
}
