"""Pull credentials from Secrets and ServiceAccounts."""
