package main

import (
	"os"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/auth/token"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	"github.com/spf13/cobra"
)

// registryCommand serves the distribution registry with the configuration file that it is given.
func registryCommand() *cobra.Command {
	return &cobra.Command{
		Use:          "registry CONFIGURATION-FILE",
		Args:         cobra.ExactArgs(1),
		SilenceUsage: true,
		RunE: func(command *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			config, err := configuration.Parse(file)
			if err != nil {
				return err
			}
			server, err := registry.NewRegistry(command.Context(), config)
			if err != nil {
				return err
			}
			return server.ListenAndServe()
		},
	}
}
