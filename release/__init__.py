"""Makes what a release consists of, besides the image: each step runs on any machine."""
