// Package gitea opens pull requests on Gitea 1.22 and newer, and on Forgejo. The
// token needs to write the repository and its issues (write:repository and
// write:issue).
package gitea
