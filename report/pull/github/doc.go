// Package github opens pull requests on GitHub, GitHub Enterprise Server and
// GitHub Enterprise Cloud, by a token or as a GitHub App. The token needs to read
// metadata, and to write contents (to push) and pull requests.
package github
