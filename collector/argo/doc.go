// Package argo reads the Argo CD of a cluster: its Applications and ApplicationSets
// as reconcilers, and each instance, with the timeouts that set how often all of its
// Applications are compared and the settings of its parts, as a controller. It also
// tells workloads and GitOps objects which Application applies them where nothing on
// them does.
//
// It needs list on applications.argoproj.io and applicationsets.argoproj.io, and get
// on the ConfigMaps argocd-cm and argocd-cmd-params-cm of each instance; it lists no
// ConfigMaps and never reads a Secret. A cluster without Argo CD gives nothing and no
// gap.
//
// How to add a setting: add a knob to the part's row in the table of programs of
// package collector, and a case to the table of applicationset_test.go.
package argo
