// Package gitlab opens merge requests on GitLab, of gitlab.com or of one's own. The
// token, a project's, a group's or a person's, needs the scope api and the role
// Developer.
package gitlab
