"""Credentials from the credential provider plugins of the kubelet."""
