package tamiz

import _ "embed" // for config.yaml

// DefaultConfig is the commented configuration file that a new user starts
// from. It stands in the root, where people look for it, and cannot be embedded
// from below.
//
//go:embed config.yaml
var DefaultConfig []byte
