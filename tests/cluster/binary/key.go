package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"

	"github.com/spf13/cobra"
)

// serviceAccountKeyCommand writes a new private key, with which the API server and the controller manager sign tokens.
func serviceAccountKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "service-account-key FILE",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				return err
			}
			block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
			return os.WriteFile(args[0], pem.EncodeToMemory(block), 0o600)
		},
	}
}
