// Package argo reads the Argo CD of a cluster: its Applications as reconcilers,
// and each instance, with the timeouts that set how often all of its Applications
// are compared, as a controller. It also tells workloads and GitOps objects which
// Application applies them where nothing on them does.
//
// It needs list on applications.argoproj.io and get on the ConfigMap
// argocd-cm of each instance; it lists no ConfigMaps and never reads a Secret. A
// cluster without Argo CD gives nothing and no gap.
//
// How to add a setting: add its key and default to instance.go, a field to
// collector.Controller, and a case to the table of instance_test.go.
package argo
